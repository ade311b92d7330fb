// What a request may hold, and an answer of the scripted LLM server where nothing is broken: the types of the providers' own
// clients, and, each named here, what these leave out and services send all the same.
import type { Message, MessageCreateParamsStreaming, MessageTokensCount, RawMessageStreamEvent } from "@anthropic-ai/sdk/resources/messages";
import type { ModelInfo } from "@anthropic-ai/sdk/resources/models";
import type { ChatCompletion, ChatCompletionChunk, ChatCompletionCreateParamsStreaming } from "openai/resources/chat/completions";
import type { Model } from "openai/resources/models";
import type { Response, ResponseCreateParamsStreaming, ResponseStreamEvent, ResponseUsage } from "openai/resources/responses/responses";

export type ChatRequest = ChatCompletionCreateParamsStreaming;
export type ResponsesRequest = ResponseCreateParamsStreaming;
export type MessagesRequest = MessageCreateParamsStreaming;

// Servers that are compatible with OpenAI tell what a model thinks in a member that OpenAI's own does not have.
type Thinking = { reasoning_content?: string };
type Choice = ChatCompletion.Choice;
type Piece = ChatCompletionChunk.Choice;
export type ChatAnswer = Omit<ChatCompletion, "choices"> & {
  choices: (Omit<Choice, "message"> & { message: Choice["message"] & Thinking })[];
};
export type ChatEvent = Omit<ChatCompletionChunk, "choices"> & {
  choices: (Omit<Piece, "delta"> & { delta: Piece["delta"] & Thinking })[];
};

// The client makes `output_text` itself. OpenAI repeats `store`, and says of what is not there, or not yet, that it is null.
type Sent = Omit<Response, "output_text" | "usage" | "user"> & { store: boolean; usage: ResponseUsage | null; user: string | null };
type About<Told> = Told extends { response: Response } ? Omit<Told, "response"> & { response: Sent } : Told;
export type ResponsesAnswer = Sent;
export type ResponsesEvent = About<ResponseStreamEvent>;

export type MessagesAnswer = Message;
export type MessagesEvent = RawMessageStreamEvent | { type: "ping" }; // the client drops these before anybody sees them
export type MessagesCount = MessageTokensCount;

// vLLM tells here how long a context may be.
export type OpenAIModel = Model & { max_model_len?: number | null };
export type AnthropicModel = ModelInfo;
