#include "accounts/book.hpp"
#include "sample.hpp"
#include "support/catch.hpp"

#include <string>

using namespace envfix;
using namespace envfix::accounts;

TEST_CASE("what lies below the account's own roots is known by its id")
{
    Book book({"/srv/app"});
    book.begin();
    CHECK(book.take(seen_at("/srv/app/.venv")));
    CHECK_FALSE(book.take(seen_at("/srv/app/.venv"))); // nothing new
    const auto id = model::environment_id(model::EnvironmentKind::venv, "/srv/app/.venv");
    REQUIRE(book.entries().contains(id));
    CHECK(book.entries().at(id).report.path == "/srv/app/.venv");
    CHECK(book.trouble().empty());
    CHECK(book.take(Gone{{.path = "/srv/app/.venv"}}));
    CHECK_FALSE(book.take(Gone{{.path = "/srv/app/.venv"}}));
    CHECK(book.entries().empty());
}

TEST_CASE("what lies elsewhere is not believed, and said")
{
    Book book({"/srv/app"});
    for (const auto* path : {"/usr", "/srv/apple", "/srv/app/../other", "/srv", "/srv/app/./x"}) {
        CHECK_FALSE(book.take(seen_at(path)));
    }
    auto seen = seen_at("/srv/app/.venv");
    seen.project = "/etc";
    CHECK_FALSE(book.take(seen));
    CHECK(book.entries().empty());
    CHECK(book.trouble().find("not believed") != std::string::npos);
}

TEST_CASE("what a new worker does not tell is gone once it has looked at everything")
{
    Book book({"/srv/app"});
    book.begin();
    book.take(seen_at("/srv/app/one"));
    book.take(seen_at("/srv/app/two"));
    book.surveyed({});
    book.begin();
    CHECK_FALSE(book.is_surveyed());
    CHECK_FALSE(book.take(seen_at("/srv/app/two")));
    CHECK(book.entries().size() == 2);
    book.surveyed("no watch is left");
    CHECK(book.entries().size() == 1);
    CHECK(book.trouble() == "no watch is left");
}

TEST_CASE("one account has only so much room, and all of it again when its environments go")
{
    Book book({"/srv/app"});
    const auto large = [](const std::string& path) {
        auto seen = seen_at(path);
        seen.report.state_reason.assign(k_record_cap, 'x');
        return seen;
    };
    const auto path = [](std::size_t i) { return "/srv/app/" + std::to_string(i); };
    constexpr auto k_most = Book::k_most_bytes / k_record_cap;
    for (std::size_t i = 0; i < k_most + 10; ++i) book.take(large(path(i)));
    const auto kept = book.entries().size();
    CHECK(kept < k_most);
    CHECK(kept > k_most - 4);
    CHECK(book.trouble().find("left out") != std::string::npos);
    CHECK(book.take(Gone{{.path = path(0)}}));
    CHECK(book.take(large("/srv/app/new")));
    book.set_roots({"/srv/other"});
    CHECK(book.entries().empty());
    for (std::size_t i = 0; i < kept; ++i) book.take(large("/srv/other/" + std::to_string(i)));
    CHECK(book.entries().size() == kept);
}

TEST_CASE("a report of many empty lists takes the room that it takes in memory")
{
    Book book({"/srv/app"});
    auto seen = seen_at("/srv/app/0");
    seen.report.findings.assign(k_most_findings, {});
    for (auto& finding : seen.report.findings) finding.evidence.assign(k_most_evidence, {});
    for (int i = 0; i < 200; ++i) {
        seen.report.id = std::to_string(i);
        book.take(seen);
    }
    CHECK(book.entries().size() < 70);
}

TEST_CASE("a report that does not fit takes what was told before along")
{
    Book book({"/srv/app"});
    REQUIRE(book.take(seen_at("/srv/app/one")));
    auto seen = seen_at("/srv/app/one");
    seen.report.state_reason.assign(Book::k_most_bytes, 'x');
    CHECK(book.take(seen));
    CHECK(book.entries().empty());
    CHECK_FALSE(book.trouble().empty());
}

TEST_CASE("so many environments of one account are kept and no more")
{
    Book book({"/srv/app"});
    for (std::size_t i = 0; i < Book::k_most_environments + 1; ++i) book.take(seen_at("/srv/app/" + std::to_string(i)));
    CHECK(book.entries().size() == Book::k_most_environments);
    CHECK_FALSE(book.trouble().empty());
    CHECK_FALSE(book.take(seen_at("/srv/app/0"))); // one that is known may still be told anew
    CHECK(book.entries().size() == Book::k_most_environments);
}

TEST_CASE("findings that were left out are told with the environment")
{
    Book book({"/srv/app"});
    auto seen = seen_at("/srv/app");
    seen.left_out = 3;
    book.take(seen);
    CHECK(book.entries().begin()->second.report.state_reason == "3 more findings are not told here");
}
