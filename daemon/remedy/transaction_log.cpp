#include "remedy/transaction_log.hpp"

#include "fs/bytes.hpp"
#include "fs/fault.hpp"
#include "fs/write_tree.hpp"

#include <algorithm>
#include <mutex>

namespace envfix::remedy {

namespace {

enum class Kind : std::uint8_t { begun = 1, committed = 2, closed = 3 };

/// What the end of a transaction takes in the log: two short records, with room to spare.
constexpr std::size_t k_end_of_one = 1024;
/// Records of transactions that have ended are thrown away when there are so many.
constexpr std::size_t k_most_records = 256;

std::string encode(Kind kind, std::string_view text)
{
    fs::ByteWriter writer;
    writer.u8(static_cast<std::uint8_t>(kind)).text(text);
    return writer.bytes();
}

} // namespace

struct TransactionLog::Shared {
    struct InFlight {
        Entry entry;
        std::vector<std::uint64_t> records; ///< sequence numbers
    };

    std::mutex mutex;
    fs::RecordLog log;
    std::vector<InFlight> in_flight; ///< in the order that they began

    explicit Shared(fs::RecordLog opened) : log(std::move(opened)) {}

    InFlight* find(const std::string& run)
    {
        const auto found = std::find_if(in_flight.begin(), in_flight.end(), [&](const auto& one) {
            return one.entry.operations.run == run;
        });
        return found == in_flight.end() ? nullptr : &*found;
    }

    void forget(const std::string& run)
    {
        std::erase_if(in_flight, [&](const auto& one) { return one.entry.operations.run == run; });
    }

    void read(const fs::RecordLog::Record& record);
    Result<void> append_end(Kind kind, const std::string& run);
    Result<void> shrink();
};

void TransactionLog::Shared::read(const fs::RecordLog::Record& record)
{
    if (record.payload.empty()) return;
    fs::ByteReader reader(record.payload);
    const auto kind = static_cast<Kind>(reader.u8());
    const auto text = reader.text();
    if (!reader.finish("a transaction's record")) return;
    if (kind == Kind::begun) {
        auto operations = decode_operations(text);
        if (!operations) return;
        forget(operations->run);
        in_flight.push_back(
            {.entry = {.operations = *std::move(operations)}, .records = {record.sequence}});
    } else if (kind == Kind::committed) {
        if (auto* const one = find(text); one != nullptr) {
            one->entry.committed = true;
            one->records.push_back(record.sequence);
        }
    } else {
        forget(text);
    }
}

Result<TransactionLog> TransactionLog::open(const std::string& state_dir)
{
    ENVFIX_CHECK(fs::make_private_directories(state_dir));
    ENVFIX_TRY(const auto dir, fs::WriteTree::open(state_dir));
    ENVFIX_TRY(auto log, fs::RecordLog::open(dir, "transactions"));
    auto shared = std::make_shared<Shared>(std::move(log));
    for (const auto& record : shared->log.records())
        shared->read(record);
    fs::make_ballast(dir);
    return TransactionLog(std::move(shared));
}

std::size_t TransactionLog::dropped() const
{
    const std::lock_guard lock(m_shared->mutex);
    return m_shared->log.dropped();
}

std::vector<std::string> TransactionLog::in_flight() const
{
    const std::lock_guard lock(m_shared->mutex);
    std::vector<std::string> runs;
    runs.reserve(m_shared->in_flight.size());
    for (const auto& one : m_shared->in_flight)
        runs.push_back(one.entry.operations.run);
    return runs;
}

std::vector<TransactionLog::Entry> TransactionLog::entries() const
{
    const std::lock_guard lock(m_shared->mutex);
    std::vector<Entry> entries;
    entries.reserve(m_shared->in_flight.size());
    for (const auto& one : m_shared->in_flight)
        entries.push_back(one.entry);
    return entries;
}

Result<void> TransactionLog::begun(const Operations& operations)
{
    const std::lock_guard lock(m_shared->mutex);
    if (m_shared->find(operations.run) != nullptr)
        return fail(ErrorCode::busy, "run " + operations.run + " is in flight already");
    const auto payload = encode(Kind::begun, remedy::encode(operations));
    // Room for the end of every transaction that is open, before this one begins.
    ENVFIX_FAULT_POINT("transaction.begin.reserve");
    ENVFIX_CHECK(
        m_shared->log.reserve(payload.size() + k_end_of_one * (m_shared->in_flight.size() + 1)));
    ENVFIX_FAULT_POINT("transaction.begin.record");
    ENVFIX_TRY(const auto sequence, m_shared->log.append(payload));
    m_shared->in_flight.push_back({.entry = {.operations = operations}, .records = {sequence}});
    return {};
}

Result<void> TransactionLog::Shared::append_end(Kind kind, const std::string& run)
{
    ENVFIX_TRY(const auto sequence, log.append(encode(kind, run)));
    if (kind == Kind::closed) {
        forget(run);
    } else if (auto* const one = find(run); one != nullptr) {
        one->entry.committed = true;
        one->records.push_back(sequence);
    }
    return {};
}

/// Throws away the records of what has ended, once they are many.
Result<void> TransactionLog::Shared::shrink()
{
    if (log.records().size() < k_most_records) return {};
    std::vector<std::uint64_t> needed;
    for (const auto& one : in_flight)
        needed.insert(needed.end(), one.records.begin(), one.records.end());
    std::vector<fs::RecordLog::Record> records;
    for (const auto& record : log.records()) {
        if (std::find(needed.begin(), needed.end(), record.sequence) != needed.end())
            records.push_back(record);
    }
    return log.rewrite(records);
}

Result<void> TransactionLog::committed(const std::string& run)
{
    const std::lock_guard lock(m_shared->mutex);
    ENVFIX_FAULT_POINT("transaction.commit.record");
    return m_shared->append_end(Kind::committed, run);
}

Result<void> TransactionLog::closed(const std::string& run)
{
    const std::lock_guard lock(m_shared->mutex);
    ENVFIX_FAULT_POINT("transaction.close.record");
    ENVFIX_CHECK(m_shared->append_end(Kind::closed, run));
    // The file may be long and yet right: whether it got shorter changes nothing for the caller.
    static_cast<void>(m_shared->shrink());
    return {};
}

} // namespace envfix::remedy
