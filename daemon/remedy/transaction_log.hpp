#pragma once

#include "base/result.hpp"
#include "fs/record_log.hpp"
#include "remedy/operation.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace envfix::remedy {

/// What is in flight, on disk: the file `transactions` of the state folder. A copy is the same log.
/// May be used by several threads. One process has it: the daemon holds the state folder's lock.
class TransactionLog {
public:
    /// Opens or creates the log. A damaged record is dropped, all others stand.
    static Result<TransactionLog> open(const std::string& state_dir);

    /// Torn or damaged records that opening found; after a crash there may be one.
    [[nodiscard]] std::size_t dropped() const;

    /// Runs that have begun and whose end is not on disk.
    [[nodiscard]] std::vector<std::string> in_flight() const;

    /// What Transaction and recover() write and read.
    struct Entry {
        Operations operations;
        bool committed = false;
    };

    [[nodiscard]] std::vector<Entry> entries() const;
    /// Each is on disk when it returns. ErrorCode::busy for a run that is in flight already.
    Result<void> begun(const Operations& operations);
    Result<void> committed(const std::string& run);
    Result<void> closed(const std::string& run);

private:
    struct Shared;

    explicit TransactionLog(std::shared_ptr<Shared> shared) : m_shared(std::move(shared)) {}

    std::shared_ptr<Shared> m_shared; // threads that make transactions have a copy each
};

} // namespace envfix::remedy
