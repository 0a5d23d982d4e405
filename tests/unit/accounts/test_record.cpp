#include "accounts/record.hpp"
#include "sample.hpp"
#include "support/catch.hpp"

#include <string>
#include <vector>

using namespace envfix;
using namespace envfix::accounts;

namespace {

std::vector<Record> every_record()
{
    return {Hello{Role::watch},
            Hello{Role::probe},
            seen_at("/srv/app/.venv"),
            Gone{{.kind = model::EnvironmentKind::conda, .path = "/srv/app/env"}},
            Surveyed{"no watch is left"},
            Checked{4'000'000'000U},
            Probed{{.kind = model::EnvironmentKind::venv, .path = "/srv/app"},
                   {.ran = true, .ok = false, .import = "cryptography", .error = "ModuleNotFoundError: No module named '_cffi_backend'"}}};
}

} // namespace

TEST_CASE("what a worker writes is read as what it was")
{
    for (const auto& record : every_record()) {
        const auto bytes = write_record(record);
        REQUIRE(bytes);
        const auto read = parse_record(*bytes);
        REQUIRE(read);
        CHECK(*read == record);
    }
    for (const Order& order : {Order{CheckAgain{7}}, Order{Reload{}}, Order{TryImports{{.path = "/srv/app"}}}}) {
        const auto read = parse_order(write_order(order));
        REQUIRE(read);
        CHECK(*read == order);
    }
}

TEST_CASE("no record that ends early or goes on is taken")
{
    for (const auto& record : every_record()) {
        const auto bytes = *write_record(record);
        for (std::size_t size = 0; size < bytes.size(); ++size) CHECK_FALSE(parse_record(std::string_view(bytes).substr(0, size)));
        CHECK_FALSE(parse_record(bytes + '\0'));
    }
}

TEST_CASE("an order is no record, and a record no order")
{
    CHECK_FALSE(parse_record(write_order(CheckAgain{7})));
    CHECK_FALSE(parse_order(*write_record(Checked{7})));
    CHECK_FALSE(parse_record(std::string("\x02\x01\x00", 3))); // another version
}

TEST_CASE("a record with one byte that is not as it has to be is refused")
{
    const auto bytes = *write_record(seen_at("/srv/app"));
    const auto with = [&](std::string_view what, std::string_view instead) {
        auto changed = bytes;
        const auto at = changed.find(what);
        REQUIRE(at != std::string::npos);
        REQUIRE(what.size() == instead.size());
        return parse_record(changed.replace(at, what.size(), instead));
    };
    CHECK(with("3.11.2", "3.11.3"));
    CHECK_FALSE(with("3.11.2", "3.11\x1b" "2"));
    CHECK_FALSE(with("\xc3\xa9", "\xc3\xc3"));
    CHECK_FALSE(with("cffi-backend-missing", "cffi-backend-missinG"));
    CHECK_FALSE(with("/srv/app", "srv//app"));
    CHECK_FALSE(with(std::string("\x08\x00\x00\x00/srv/app", 12), std::string("\x08\x00\x00\x80/srv/app", 12)));
    auto kind = bytes;
    kind[2] = 3;
    CHECK_FALSE(parse_record(kind));
}

TEST_CASE("what an interpreter cannot have said is refused")
{
    auto probed = Probed{{.path = "/srv/app"}, {.ran = true, .ok = true, .import = {}, .error = {}}};
    CHECK(parse_record(*write_record(probed)));
    probed.result.ran = false;
    CHECK_FALSE(parse_record(*write_record(probed)));
}

TEST_CASE("texts are escaped and cut, and what does not fit is left out and counted")
{
    auto seen = seen_at("/srv/app\n");
    const auto one = seen.report.findings.front();
    seen.report.findings.assign(200, one);
    for (auto& finding : seen.report.findings) {
        finding.summary = "\x1b[2J" + std::string(5000, 'x');
        finding.evidence.assign(20, {.path = std::string(4000, '/'), .owner = {}, .expected = {}, .actual = {}});
    }
    const auto bytes = write_record(seen);
    REQUIRE(bytes);
    CHECK(bytes->size() <= k_record_cap);
    const auto read = parse_record(*bytes);
    REQUIRE(read);
    const auto& told = std::get<Seen>(*read);
    CHECK(told.report.path == "/srv/app\\x0a");
    REQUIRE_FALSE(told.report.findings.empty());
    CHECK(told.report.findings.size() + told.left_out == 200);
    CHECK(told.report.findings.front().summary.starts_with("\\x1b[2Jxxx"));
    CHECK(told.report.findings.front().summary.size() == k_text_cap);
    CHECK(*write_record(*read) == *bytes);
}

TEST_CASE("a path that is too long, and a kind that no account has, are no records")
{
    CHECK(write_record(seen_at("/" + std::string(5000, 'x'))).error().code == ErrorCode::too_large);
    auto seen = seen_at("/srv/app");
    seen.report.kind = model::EnvironmentKind::system;
    CHECK(write_record(seen).error().code == ErrorCode::malformed);
}

TEST_CASE("more than 64 KiB are not looked at")
{
    CHECK(parse_record(std::string(k_record_cap + 1, '\1')).error().code == ErrorCode::too_large);
}
