#include "agent/llm/http/piece_queue.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>

namespace adapt::llm {
namespace {

std::string show(const Piece& piece) {
  if (const auto* head = std::get_if<Head>(&piece)) return "head " + std::to_string(head->status);
  if (const auto* bytes = std::get_if<Bytes>(&piece)) return "bytes " + bytes->data;
  return "end " + std::get<End>(piece).detail;
}

TEST(PieceQueue, GivesHeadThenBytesThenTheFirstEndForEver) {
  PieceQueue queue(nullptr);
  queue.put_head({.status = 200, .headers = {}});
  EXPECT_TRUE(queue.put_bytes("a"));
  EXPECT_TRUE(queue.put_bytes("b"));
  queue.put_end({.kind = EndKind::cut, .detail = "one"});
  queue.put_end({.kind = EndKind::complete, .detail = "two"});
  EXPECT_EQ(show(queue.take().piece), "head 200");
  EXPECT_EQ(show(queue.take().piece), "bytes ab");
  EXPECT_EQ(show(queue.take().piece), "end one");
  EXPECT_EQ(show(queue.take().piece), "end one");
}

TEST(PieceQueue, RefusesBytesBeyondItsRoomAndSaysWhenThereIsRoomAgain) {
  PieceQueue queue(nullptr);
  EXPECT_TRUE(queue.put_bytes(std::string(PieceQueue::kRoom, 'x')));
  EXPECT_FALSE(queue.has_room());
  EXPECT_FALSE(queue.put_bytes("y"));
  const PieceQueue::Taken taken = queue.take();
  EXPECT_TRUE(taken.made_room);
  EXPECT_EQ(std::get<Bytes>(taken.piece).data, std::string(PieceQueue::kRoom, 'x'));
  EXPECT_TRUE(queue.put_bytes("y"));
  EXPECT_FALSE(queue.take().made_room);
}

TEST(PieceQueue, DropsWhatWaitsWhenItIsCancelled) {
  PieceQueue queue(nullptr);
  queue.put_head({.status = 200, .headers = {}});
  queue.put_bytes("a");
  queue.put_end({.kind = EndKind::cancelled, .detail = "cancelled"});
  EXPECT_EQ(show(queue.take().piece), "end cancelled");
}

TEST(PieceQueue, IsUnwantedOnceTheTokenSaysSoOrTheCallerHasGone) {
  CancelToken token;
  PieceQueue watched(&token);
  EXPECT_FALSE(watched.is_unwanted(0));
  token.request();
  EXPECT_TRUE(watched.is_unwanted(0));
  PieceQueue left(nullptr);
  EXPECT_FALSE(left.is_unwanted(0));
  left.abandon();
  EXPECT_TRUE(left.is_unwanted(0));
}

TEST(PieceQueue, IsWantedForAWhileWithoutItsBytesWhenTheCallerHasFinished) {
  PieceQueue queue(nullptr);
  EXPECT_TRUE(queue.put_bytes(std::string(PieceQueue::kRoom, 'x')));
  queue.finish(100);
  queue.abandon();
  EXPECT_TRUE(queue.put_bytes("dropped"));
  EXPECT_TRUE(queue.has_room());
  EXPECT_EQ(queue.drained_by(), 100);
  EXPECT_FALSE(queue.is_unwanted(99));
  EXPECT_TRUE(queue.is_unwanted(100));
}

TEST(PieceQueue, WakesACallerWhoWaits) {
  PieceQueue queue(nullptr);
  std::string got;
  std::thread caller([&] { got = show(queue.take().piece); });
  queue.put_bytes("late");
  caller.join();
  EXPECT_EQ(got, "bytes late");
}

}  // namespace
}  // namespace adapt::llm
