#include "journal/approvals.hpp"

#include "fs/bytes.hpp"
#include "fs/fault.hpp"
#include "fs/write_tree.hpp"

#include <algorithm>

namespace envfix::journal {

namespace {

constexpr std::uint8_t k_format = 1;

std::string encode(const model::Approval& approval)
{
    const auto& [policy, sha256, by, at_s] = approval; // a new field must not be forgotten here
    fs::ByteWriter writer;
    writer.u8(k_format).text(policy).text(sha256).text(by).i64(at_s);
    return writer.bytes();
}

Result<model::Approval> decode(std::string_view bytes)
{
    fs::ByteReader reader(bytes);
    if (reader.u8() != k_format) return fail(ErrorCode::malformed, "an approval of another format");
    model::Approval approval;
    approval.policy = reader.text();
    approval.sha256 = reader.text();
    approval.by = reader.text();
    approval.at_s = reader.i64();
    ENVFIX_CHECK(reader.finish("an approval"));
    return approval;
}

bool is_same(const model::Approval& a, const model::Approval& b)
{
    return a.policy == b.policy && a.sha256 == b.sha256;
}

void put(std::vector<model::Approval>& approvals, const model::Approval& approval)
{
    std::erase_if(approvals, [&](const auto& one) { return is_same(one, approval); });
    approvals.push_back(approval);
}

} // namespace

Result<Approvals> Approvals::open(const std::string& state_dir)
{
    ENVFIX_CHECK(fs::make_private_directories(state_dir));
    ENVFIX_TRY(const auto dir, fs::WriteTree::open(state_dir));
    ENVFIX_TRY(auto log, fs::RecordLog::open(dir, "approvals"));
    Approvals approvals(std::move(log));
    for (const auto& record : approvals.m_log.records()) {
        // A record that does not read is none: whoever is in doubt asks again.
        if (const auto approval = decode(record.payload)) put(approvals.m_approvals, *approval);
    }
    return approvals;
}

Result<void> Approvals::add(const model::Approval& approval)
{
    ENVFIX_FAULT_POINT("approvals.add");
    ENVFIX_CHECK(m_log.append(encode(approval)).map([](std::uint64_t) {}));
    put(m_approvals, approval);
    return {};
}

Result<void> Approvals::revoke(const std::string& policy, const std::string& sha256)
{
    const auto goes = [&](const model::Approval& approval) {
        return approval.policy == policy && (sha256.empty() || approval.sha256 == sha256);
    };
    auto left = m_approvals;
    if (std::erase_if(left, goes) == 0)
        return fail(ErrorCode::not_found, "policy " + policy + " is not approved");
    std::vector<fs::RecordLog::Record> records;
    for (const auto& record : m_log.records()) {
        const auto approval = decode(record.payload);
        if (approval && !goes(*approval)) records.push_back(record);
    }
    // The whole file is written anew: an approval that is still in it could come back if a record
    // that takes it back were damaged.
    ENVFIX_FAULT_POINT("approvals.revoke");
    ENVFIX_CHECK(m_log.rewrite(records));
    m_approvals = std::move(left);
    return {};
}

bool Approvals::approved(const std::string& sha256) const
{
    return std::any_of(m_approvals.begin(), m_approvals.end(),
                       [&](const auto& approval) { return approval.sha256 == sha256; });
}

} // namespace envfix::journal
