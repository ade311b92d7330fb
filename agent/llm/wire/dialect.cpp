#include "agent/llm/wire/dialect.h"

#include "agent/llm/wire/encoding.h"

namespace adapt::llm {

const Dialect& dialect(DialectName name) {
  switch (name) {
    case DialectName::chat: return chat_dialect();
    case DialectName::responses: return responses_dialect();
    case DialectName::messages: return messages_dialect();
    case DialectName::gemini: return gemini_dialect();
  }
  return chat_dialect();
}

}  // namespace adapt::llm
