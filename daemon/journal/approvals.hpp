#pragma once

#include "base/result.hpp"
#include "fs/record_log.hpp"
#include "model/policy.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace envfix::journal {

/// Which policies a person of this machine has approved: the file `approvals` of the state folder.
/// Whatever is damaged in it can cost an approval, and never makes one: each stands in a record
/// with a checksum, and what is revoked is not in the file any more.
class Approvals {
public:
    static Result<Approvals> open(const std::string& state_dir);

    /// Durable when it returns. One for the same policy and content is replaced.
    Result<void> add(const model::Approval& approval);
    /// Durable when it returns. ErrorCode::not_found where there is none for this policy with this
    /// content; an empty `sha256` stands for every content.
    Result<void> revoke(const std::string& policy, const std::string& sha256 = {});

    /// In the order that they were given.
    [[nodiscard]] const std::vector<model::Approval>& list() const { return m_approvals; }

    /// Whether this content is approved, under any name.
    [[nodiscard]] bool approved(const std::string& sha256) const;

    /// Damaged or torn records that opening found.
    [[nodiscard]] std::size_t dropped() const { return m_log.dropped(); }

private:
    explicit Approvals(fs::RecordLog log) : m_log(std::move(log)) {}

    fs::RecordLog m_log;
    std::vector<model::Approval> m_approvals;
};

} // namespace envfix::journal
