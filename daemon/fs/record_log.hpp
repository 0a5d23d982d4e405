#pragma once

#include "base/result.hpp"
#include "fs/write_tree.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace envfix::fs {

/// A file of records that a crash, a full disk or a damaged byte cannot take with it: each has a
/// length, a sequence number and a CRC-32C, and is on disk before append() returns. Damage costs
/// the records that it hits; those before and behind it are still found. Space is taken beforehand,
/// and a full disk gives up the ballast, so that what has begun can be ended. One process at a
/// time; not for several threads.
class RecordLog {
public:
    struct Record {
        std::uint64_t sequence = 0;
        std::string payload;

        bool operator==(const Record&) const = default;
    };

    /// Opens or creates `name` in our state folder, and reads it. Where bytes are damaged, they are
    /// taken out, and the file as it was is kept as `<name>.damaged`.
    static Result<RecordLog> open(const WriteTree& dir, const std::string& name);

    /// What was read, and since then appended, in order.
    [[nodiscard]] const std::vector<Record>& records() const { return m_records; }

    /// Pieces of the file that were no record: torn by a crash, or damaged.
    [[nodiscard]] std::size_t dropped() const { return m_dropped; }

    /// Adds a record, durable when this returns. After an error it is not in the file, as far as
    /// the file can still be written. Gives its sequence number, which only ever grows.
    Result<std::uint64_t> append(std::string_view payload);

    /// Makes sure that `bytes` more can be appended though the disk be full.
    Result<void> reserve(std::size_t bytes);

    /// Replaces all records by these in one step; their numbers stay.
    Result<void> rewrite(const std::vector<Record>& records);

private:
    RecordLog(WriteTree dir, std::string name) : m_dir(std::move(dir)), m_name(std::move(name)) {}

    Result<void> load();
    Result<void> reopen(std::uint64_t end);
    Result<void> grow(std::uint64_t size);
    Result<void> write(std::string_view bytes, std::uint64_t offset);

    WriteTree m_dir;
    std::string m_name;
    UniqueFd m_fd;
    std::vector<Record> m_records;
    std::uint64_t m_end = 0;      ///< where the next record goes
    std::uint64_t m_size = 0;     ///< space that is taken
    std::uint64_t m_sequence = 0; ///< of the last record
    std::size_t m_dropped = 0;
};

constexpr std::uint64_t k_ballast = 8ULL << 20U;

/// Takes up `k_ballast` bytes in our state folder, to be given back when the disk is full. Best
/// effort: false where there is no room for it.
bool make_ballast(const WriteTree& dir);

/// Gives the ballast back. False where there was none.
bool drop_ballast(const WriteTree& dir);

} // namespace envfix::fs
