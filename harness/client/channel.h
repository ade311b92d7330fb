// The host's socket (PROTOCOL.md section 1.1): one packet a message, with descriptors attached.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tools/base/result.h"
#include "tools/base/unique_fd.h"

namespace adapt::client {

inline constexpr std::size_t kMaxPacket = std::size_t{64} << 10U;  // bytes
inline constexpr std::size_t kMaxPacketFds = 8;

struct Packet {
  std::string text;  // empty: the other end is closed
  std::vector<UniqueFd> fds;
};

struct SocketPair {
  UniqueFd ours;
  UniqueFd theirs;
};

Result<SocketPair> make_channel();
Result<void> send_packet(int socket, std::string_view text, std::span<const int> fds);
// Waits for the next packet.
Result<Packet> receive_packet(int socket);

}  // namespace adapt::client
