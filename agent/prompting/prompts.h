// Every text that a language model reads from us: prompts/*.md, with their variables filled in.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace adapt::prompting {

struct Prompt {
  std::string_view id, purpose, text;
  std::vector<std::string> variables;  // as the manifest lists them; the text uses each, and no other
};

const std::vector<Prompt>& prompts();

using Variables = std::map<std::string, std::string>;

// The text of prompt `id` with each {{variable}} replaced by its value; an empty value reads "(nothing)". Values are
// not looked through for variables again. A variable that is missing or unknown is a bug.
std::string render(std::string_view id, const Variables& variables);

// SHA-256 over all prompts: which texts a run was made with.
const std::string& prompts_hash();

}  // namespace adapt::prompting
