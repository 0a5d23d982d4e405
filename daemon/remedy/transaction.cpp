#include "remedy/transaction.hpp"

#include "fs/fault.hpp"
#include "fs/mount.hpp"
#include "fs/ownership.hpp"
#include "remedy/arrange.hpp"
#include "remedy/steps.hpp"
#include "remedy/work_area.hpp"

#include <algorithm>

namespace envfix::remedy {

namespace {

/// Renames take hardly any room, but folders may have to grow.
constexpr std::uint64_t k_least_free = 1ULL << 20U;

Result<void> check_room(const fs::WriteTree& root)
{
    ENVFIX_TRY(const auto free, fs::free_bytes(root.descriptor()));
    if (free >= k_least_free) return {};
    return fail(ErrorCode::no_space, root.path() + " has less than 1 MiB left");
}

Result<void> perform_all(const fs::WriteTree& root, const Operations& operations)
{
    for (const auto& operation : operations.list)
        ENVFIX_CHECK(perform(root, operation));
    ENVFIX_FAULT_POINT("transaction.renamed");
    return {};
}

} // namespace

Result<Transaction> Transaction::begin(TransactionLog& log, const TransactionRequest& request)
{
    ENVFIX_FAULT_POINT("transaction.begin.before");
    ENVFIX_TRY(auto root, fs::WriteTree::open(request.root));
    ENVFIX_CHECK(fs::check_unshared(request.root));
    ENVFIX_CHECK(check_work_area(root));
    ENVFIX_CHECK(check_room(root));
    ENVFIX_TRY(auto operations, arrange(root, request));
    ENVFIX_CHECK(sync_staged(root, operations));
    ENVFIX_CHECK(log.begun(operations));

    Transaction transaction(log, std::move(root), std::move(operations));
    const auto performed = perform_all(transaction.m_root, transaction.m_operations);
    if (performed) return transaction;
    auto error = performed.error();
    if (const auto reverted = transaction.revert(); !reverted)
        error.message +=
            "; taking it back failed as well, the next start does it: " + reverted.error().message;
    return fail(std::move(error));
}

Result<void> Transaction::commit()
{
    ENVFIX_FAULT_POINT("transaction.commit.before");
    for (const auto& operation : m_operations.list) {
        if (operation.kind != Operation::Kind::place && operation.kind != Operation::Kind::exchange)
            continue;
        const auto status = m_root.lstat(operation.to);
        if (!status || identity_of(*status) != operation.moved)
            return fail(ErrorCode::plan_changed, m_root.path() + "/" + operation.to +
                                                     " was changed by somebody else meanwhile");
    }
    ENVFIX_CHECK(write_manifest(m_root, m_operations));
    ENVFIX_FAULT_POINT("transaction.commit.sync");
    ENVFIX_CHECK(sync_changed(m_root, m_operations));
    ENVFIX_CHECK(m_log.committed(m_operations.run));
    // It stands. What cleaning up leaves, the next start removes.
    if (clean_up_committed(m_root, m_operations)) static_cast<void>(m_log.closed(m_operations.run));
    return {};
}

Result<void> Transaction::revert()
{
    ENVFIX_CHECK(revert_all(m_root, m_operations, m_kept));
    return m_log.closed(m_operations.run);
}

} // namespace envfix::remedy
