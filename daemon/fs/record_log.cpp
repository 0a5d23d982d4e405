#include "fs/record_log.hpp"

#include "fs/bytes.hpp"
#include "fs/crc32c.hpp"
#include "fs/fault.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>

namespace envfix::fs {

namespace {

// A record: magic u32, length u32, sequence u64, CRC-32C u32 of length, sequence and payload,
// payload, zeros up to the next multiple of 8. Behind the last one there are zeros.
constexpr std::uint32_t k_magic = 0x31524645; // "EFR1"
constexpr std::size_t k_header = 20;
constexpr std::size_t k_align = 8;
constexpr std::size_t k_longest = 32UL << 20U;
constexpr std::size_t k_largest_file = 256UL << 20U;
constexpr std::uint64_t k_step = 64ULL * 1024;
constexpr const char* k_ballast_name = "ballast";

std::size_t aligned(std::size_t size)
{
    return (size + k_align - 1) / k_align * k_align;
}

std::uint32_t checksum(std::uint64_t sequence, std::string_view payload)
{
    ByteWriter counted;
    counted.u32(static_cast<std::uint32_t>(payload.size())).u64(sequence);
    return crc32c(payload, crc32c(counted.bytes()));
}

std::string encode(std::uint64_t sequence, std::string_view payload)
{
    ByteWriter header;
    header.u32(k_magic).u32(static_cast<std::uint32_t>(payload.size())).u64(sequence);
    header.u32(checksum(sequence, payload));
    std::string bytes = header.bytes();
    bytes.append(payload);
    bytes.resize(aligned(bytes.size()), '\0');
    return bytes;
}

struct Found {
    RecordLog::Record record;
    std::size_t size = 0;
};

std::optional<Found> decode(std::string_view bytes, std::uint64_t after)
{
    ByteReader header(bytes);
    if (header.u32() != k_magic) return std::nullopt;
    const std::size_t length = header.u32();
    const auto sequence = header.u64();
    const auto crc = header.u32();
    if (!header.ok() || sequence <= after || length > k_longest) return std::nullopt;
    if (length > bytes.size() - k_header) return std::nullopt;
    const auto payload = bytes.substr(k_header, length);
    if (checksum(sequence, payload) != crc) return std::nullopt;
    return Found{.record = {.sequence = sequence, .payload = std::string(payload)},
                 .size = std::min(aligned(k_header + length), bytes.size())};
}

struct Scan {
    std::vector<RecordLog::Record> records;
    std::size_t end = 0;     ///< behind the last record
    std::size_t dropped = 0; ///< runs of bytes that are neither a record nor zeros
};

Scan scan(std::string_view bytes)
{
    Scan result;
    bool in_damage = false;
    std::uint64_t last = 0;
    for (std::size_t at = 0; at < bytes.size();) {
        const auto rest = bytes.substr(at);
        if (auto found = decode(rest, last)) {
            at += found->size;
            last = found->record.sequence;
            result.records.push_back(std::move(found->record));
            result.end = at;
            in_damage = false;
            continue;
        }
        const auto piece = rest.substr(0, k_align);
        const bool empty = piece.find_first_not_of('\0') == piece.npos;
        if (!empty && !in_damage) {
            ++result.dropped;
            in_damage = true;
        }
        at += k_align;
    }
    return result;
}

} // namespace

bool make_ballast(const WriteTree& dir)
{
    if (const auto there = dir.lstat(k_ballast_name))
        return there->is_regular() && there->size == k_ballast;
    const auto fd = dir.create_file(k_ballast_name, 0600);
    if (!fd) return false;
    if (::posix_fallocate(fd->get(), 0, static_cast<off_t>(k_ballast)) == 0) return true;
    drop_ballast(dir);
    return false;
}

bool drop_ballast(const WriteTree& dir)
{
    if (!dir.remove_file(k_ballast_name)) return false;
    // The blocks are free only once the removal is on disk.
    static_cast<void>(dir.sync_directory(""));
    return true;
}

Result<RecordLog> RecordLog::open(const WriteTree& dir, const std::string& name)
{
    ENVFIX_TRY(auto own, dir.directory(""));
    RecordLog log(std::move(own), name);
    ENVFIX_CHECK(log.load());
    return log;
}

Result<void> RecordLog::load()
{
    if (!m_dir.exists(m_name)) {
        ENVFIX_CHECK(m_dir.create_file(m_name, 0600).map([](const UniqueFd&) {}));
        ENVFIX_CHECK(m_dir.sync_directory(""));
    }
    ENVFIX_TRY(const auto bytes, m_dir.read(m_name, k_largest_file));
    auto found = scan(bytes);
    m_records = std::move(found.records);
    m_dropped = found.dropped;
    m_sequence = m_records.empty() ? 0 : m_records.back().sequence;
    if (m_dropped != 0) {
        const auto aside = m_name + ".damaged";
        static_cast<void>(m_dir.remove_file(aside));
        static_cast<void>(m_dir.write_file(aside, bytes, 0600));
        const auto whole = m_records;
        if (rewrite(whole)) return {};
        // No room for a new file. What is behind the last record must go, or it would come back to
        // life behind the next one.
        ENVFIX_CHECK(reopen(found.end));
        return write(std::string(bytes.size() - std::min(found.end, bytes.size()), '\0'),
                     found.end);
    }
    return reopen(found.end);
}

Result<void> RecordLog::reopen(std::uint64_t end)
{
    ENVFIX_TRY(const auto seen, m_dir.lstat(m_name));
    const std::string path = m_dir.path() + "/" + m_name;
    UniqueFd fd(::openat(m_dir.descriptor(), m_name.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
    if (!fd) return fail(errno_error("opening " + path));
    m_fd = std::move(fd);
    m_end = aligned(end);
    m_size = seen.size;
    return {};
}

Result<void> RecordLog::grow(std::uint64_t size)
{
    if (size <= m_size) return {};
    if (size > k_largest_file)
        return fail(ErrorCode::too_large, m_dir.path() + "/" + m_name + " has grown too large");
    const auto wanted = (size + k_step - 1) / k_step * k_step;
    const auto take = [&]() -> Result<void> {
        ENVFIX_FAULT_POINT("record-log.grow");
        // The error is returned, not set. Beyond the old end only: what lies before is in use.
        const int err = ::posix_fallocate(m_fd.get(), static_cast<off_t>(m_size),
                                          static_cast<off_t>(wanted - m_size));
        if (err != 0) return fail(errno_error("extending " + m_dir.path() + "/" + m_name, err));
        return {};
    };
    auto taken = take();
    if (!taken && taken.error().code == ErrorCode::no_space && drop_ballast(m_dir)) taken = take();
    if (!taken) return taken;
    m_size = wanted;
    return {};
}

Result<void> RecordLog::reserve(std::size_t bytes)
{
    return grow(m_end + aligned(k_header + bytes) + k_align);
}

Result<void> RecordLog::write(std::string_view bytes, std::uint64_t offset)
{
    const std::string path = m_dir.path() + "/" + m_name;
    while (!bytes.empty()) {
        const auto n = ::pwrite(m_fd.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return fail(errno_error("writing " + path));
        bytes.remove_prefix(static_cast<std::size_t>(n));
        offset += static_cast<std::uint64_t>(n);
    }
    if (::fdatasync(m_fd.get()) != 0) return fail(errno_error("syncing " + path));
    return {};
}

Result<std::uint64_t> RecordLog::append(std::string_view payload)
{
    if (payload.size() > k_longest) return fail(ErrorCode::too_large, "a record is too long");
    const auto bytes = encode(m_sequence + 1, payload);
    ENVFIX_CHECK(grow(m_end + bytes.size()));
    const auto put = [&]() -> Result<void> {
        ENVFIX_FAULT_POINT("record-log.append.before");
        ENVFIX_CHECK(write(bytes, m_end));
        ENVFIX_FAULT_POINT("record-log.append.after");
        return {};
    };
    auto written = put();
    if (!written && written.error().code == ErrorCode::no_space && drop_ballast(m_dir))
        written = put();
    if (!written) {
        // The caller acts as if this was never written; the next start must see it so, too.
        static_cast<void>(write(std::string(bytes.size(), '\0'), m_end));
        return fail(std::move(written).error());
    }
    m_end += bytes.size();
    ++m_sequence;
    m_records.push_back({.sequence = m_sequence, .payload = std::string(payload)});
    return m_sequence;
}

Result<void> RecordLog::rewrite(const std::vector<Record>& records)
{
    std::string bytes;
    for (const auto& record : records)
        bytes += encode(record.sequence, record.payload);
    // Numbers only ever grow, also when the last records go.
    const bool marked = records.empty() || records.back().sequence != m_sequence;
    ENVFIX_FAULT_POINT("record-log.rewrite");
    if (marked && m_sequence != 0) bytes += encode(m_sequence, {});
    const auto end = bytes.size();
    bytes.resize(bytes.size() + k_step, '\0');
    ENVFIX_CHECK(m_dir.atomic_replace(m_name, bytes, 0600));
    auto kept = records;
    if (marked && m_sequence != 0) kept.push_back({.sequence = m_sequence, .payload = {}});
    m_records = std::move(kept);
    return reopen(end);
}

} // namespace envfix::fs
