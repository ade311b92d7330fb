// Finds many short texts in one pass over bytes. The letters' case is no matter.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace adapt::triage {

class Matcher {
 public:
  struct Hit {
    std::uint32_t needle = 0;
    std::uint32_t end = 0;  // one behind its last byte
    bool operator==(const Hit&) const = default;
  };

  // At most 32767 bytes of needles that differ from one another; no needle is empty.
  explicit Matcher(const std::vector<std::string>& needles);

  // Every occurrence, by its end, until `hits` holds `most` of them.
  void find(std::string_view text, std::size_t most, std::vector<Hit>& hits) const;

 private:
  void report(std::uint32_t state, std::uint32_t end, std::size_t most, std::vector<Hit>& hits) const;

  std::array<std::uint8_t, 256> classes_{};  // bytes that no needle tells apart share a class
  std::size_t width_ = 1;                    // of a row of next_: a power of two
  unsigned shift_ = 0;
  std::vector<std::uint16_t> next_;    // by state and class; the highest bit: something ends there
  std::vector<std::uint32_t> begins_;  // of a state's needles in ends_; one entry more than states
  std::vector<std::uint32_t> ends_;
};

}  // namespace adapt::triage
