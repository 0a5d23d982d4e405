#include "fs/fault.hpp"
#include "journal/approvals.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <random>

using envfix::ErrorCode;
using envfix::journal::Approvals;
using envfix::model::Approval;
namespace fault = envfix::fs::fault;

namespace {

Approvals open(const TempFolder& folder)
{
    auto approvals = Approvals::open(folder / "state");
    REQUIRE(approvals);
    return *std::move(approvals);
}

Approval approval(const std::string& policy, const std::string& sha256)
{
    return {.policy = policy, .sha256 = sha256, .by = "ann", .at_s = 1'700'000'000};
}

std::string bytes_of(const std::string& path)
{
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

void write(const std::string& path, const std::string& bytes)
{
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

const std::vector<Approval>& given()
{
    static const std::vector<Approval> all{approval("one", std::string(64, 'a')),
                                           approval("two", std::string(64, 'b')),
                                           approval("three", std::string(64, 'c'))};
    return all;
}

/// Two approvals that stand, and one, the first, that was revoked.
std::string fill(const TempFolder& folder)
{
    auto approvals = open(folder);
    for (const auto& one : given())
        REQUIRE(approvals.add(one));
    REQUIRE(approvals.revoke("one", std::string(64, 'a')));
    return folder / "state/approvals";
}

std::vector<Approval> standing()
{
    return {given()[1], given()[2]};
}

void check_nothing_forged(const Approvals& approvals)
{
    const auto real = standing();
    for (const auto& one : approvals.list())
        CHECK(std::find(real.begin(), real.end(), one) != real.end());
}

} // namespace

TEST_CASE("an approval stands until it is revoked, over restarts")
{
    const TempFolder folder;
    fill(folder);
    auto approvals = open(folder);
    CHECK(approvals.list() == standing());
    CHECK(approvals.approved(std::string(64, 'b')));
    CHECK_FALSE(approvals.approved(std::string(64, 'a')));
    CHECK(approvals.revoke("one").error().code == ErrorCode::not_found);
    REQUIRE(approvals.revoke("two"));
    CHECK(open(folder).list() == std::vector<Approval>{given()[2]});
}

TEST_CASE("an approval that is given again counts once")
{
    const TempFolder folder;
    auto approvals = open(folder);
    REQUIRE(approvals.add(given()[0]));
    auto later = given()[0];
    later.by = "bob";
    REQUIRE(approvals.add(later));
    CHECK(approvals.list() == std::vector<Approval>{later});
    CHECK(open(folder).list() == std::vector<Approval>{later});
}

TEST_CASE("approvals cut at any byte lose the last one at most by the cut, and none appears")
{
    const TempFolder folder;
    const auto path = fill(folder);
    const auto bytes = bytes_of(path);
    const auto used = bytes.find_last_not_of('\0') + 1;
    for (std::size_t cut = 0; cut <= used; ++cut) {
        write(path, bytes.substr(0, cut));
        auto approvals = open(folder);
        check_nothing_forged(approvals);
        REQUIRE(approvals.add(approval("new", std::string(64, 'd'))));
        CHECK(open(folder).list().back().policy == "new");
    }
}

TEST_CASE("no approval appears from random damage, and none that was revoked comes back")
{
    const TempFolder folder;
    const auto path = fill(folder);
    const auto bytes = bytes_of(path);
    const auto used = bytes.find_last_not_of('\0') + 1;
    std::mt19937 random(7); // NOLINT: the same damages every time
    for (int round = 0; round < 1'000; ++round) {
        auto bad = bytes;
        const auto hits = 1 + random() % 4;
        for (unsigned i = 0; i < hits; ++i) {
            const auto at = random() % used;
            if (random() % 2 == 0)
                bad[at] = static_cast<char>(random());
            else
                bad.erase(at, 1 + random() % 9);
        }
        write(path, bad);
        check_nothing_forged(open(folder));
    }
}

#ifdef ENVFIX_FAULTS
TEST_CASE("a revocation that is killed anywhere stands or does not, and nothing else changes")
{
    for (const auto& name : fault::names()) {
        for (const auto* const action : {"kill", "eio", "enospc"}) {
            const TempFolder folder;
            fill(folder);
            INFO(name << " " << action);
            const auto child = ::fork();
            REQUIRE(child >= 0);
            if (child == 0) {
                auto approvals = Approvals::open(folder / "state");
                const bool armed = fault::arm(name + "=" + action).has_value();
                ::_exit(armed && approvals && approvals->revoke("two") ? 0 : 1);
            }
            int status = 0;
            ::waitpid(child, &status, 0);
            const auto now = open(folder).list();
            const bool old = now == standing();
            const bool gone = now == std::vector<Approval>{given()[2]};
            CHECK((old || gone));
            if (WIFEXITED(status) && WEXITSTATUS(status) == 0) CHECK(gone);
        }
    }
}

TEST_CASE("an approval that could not be written is not in force")
{
    const TempFolder folder;
    auto approvals = open(folder);
    REQUIRE(fault::arm("record-log.append.after=eio"));
    CHECK_FALSE(approvals.add(given()[0]));
    REQUIRE(fault::arm(""));
    CHECK(approvals.list().empty());
    CHECK(open(folder).list().empty());
}
#endif
