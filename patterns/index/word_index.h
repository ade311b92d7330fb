// The words of all sources below one folder, kept on disk: a file that has not changed since is not read again.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "patterns/index/words.h"
#include "tools/base/result.h"

namespace adapt::index {

// What tells that a file is the one that was read, as git does it.
struct FileStamp {
  std::uint64_t size = 0;
  std::int64_t changed_ns = 0;  // mtime, since 1970
  std::int64_t inode_ns = 0;    // ctime: moves with every write, whatever the mtime is set to
  std::uint64_t inode = 0;
  std::uint64_t device = 0;
  bool operator==(const FileStamp&) const = default;
};

struct IndexedFile {
  std::string path;  // relative to the folder
  FileStamp stamp;
  std::int64_t read_ns = 0;  // when it was read, by the wall clock
  std::string content_hash;  // SHA-256 of the bytes, in hexadecimal

  std::span<const WordHash> words() const { return own.empty() ? loaded : std::span<const WordHash>(own); }
  std::span<const WordHash> loaded;  // in the buffer of the index it came from
  std::vector<WordHash> own;         // of a file that was read just now
};

class WordIndex {
 public:
  static constexpr std::uint32_t kVersion = 1;
  static constexpr std::uint64_t kMaxBytes = std::uint64_t{512} << 20U;
  // A write this close to the reading may have left the same stamp; such a file is read again.
  static constexpr std::int64_t kStampGrainNs = 2'000'000'000;

  // What `file` keeps for the folder `root`. Empty when there is nothing, or anything but a whole index of this version
  // for this folder.
  static WordIndex load(const std::filesystem::path& file, std::string_view root);

  // What is known of the file, if it was read since it last changed.
  const IndexedFile* current(std::string_view path, const FileStamp& stamp) const;
  const IndexedFile* find(std::string_view path) const;
  std::size_t size() const { return files_.size(); }

 private:
  std::shared_ptr<const std::string> buffer_;  // shared: entries that are handed on point into it
  std::vector<IndexedFile> files_;             // by path
};

// `files` sorted by path. The bytes of an index file.
std::string serialise(std::span<const IndexedFile* const> files, std::string_view root);

// Replaces `file` at once, and removes the oldest other indexes in its folder until they are within `folder_limit`
// bytes. Fails where the folder cannot be written.
Result<void> save(const std::filesystem::path& file, std::string_view bytes,
                  std::uint64_t folder_limit = std::uint64_t{2} << 30U);

// The index file of a folder within the cache.
std::filesystem::path index_file(const std::filesystem::path& cache_folder, std::string_view root);

}  // namespace adapt::index
