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
    CHECK(book.take(seen_at("/srv/app/.venv"), 100));
    CHECK_FALSE(book.take(seen_at("/srv/app/.venv"), 100)); // nothing new
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
        CHECK_FALSE(book.take(seen_at(path), 100));
    }
    auto seen = seen_at("/srv/app/.venv");
    seen.project = "/etc";
    CHECK_FALSE(book.take(seen, 100));
    CHECK(book.entries().empty());
    CHECK(book.trouble().find("not believed") != std::string::npos);
}

TEST_CASE("what a new worker does not tell is gone once it has looked at everything")
{
    Book book({"/srv/app"});
    book.begin();
    book.take(seen_at("/srv/app/one"), 100);
    book.take(seen_at("/srv/app/two"), 100);
    book.surveyed({});
    book.begin();
    CHECK_FALSE(book.is_surveyed());
    CHECK_FALSE(book.take(seen_at("/srv/app/two"), 100));
    CHECK(book.entries().size() == 2);
    book.surveyed("no watch is left");
    CHECK(book.entries().size() == 1);
    CHECK(book.trouble() == "no watch is left");
}

TEST_CASE("one account has only so much room, and all of it again when its environments go")
{
    Book book({"/srv/app"});
    constexpr std::size_t k_size = k_record_cap;
    const auto path = [](std::size_t i) { return "/srv/app/" + std::to_string(i); };
    constexpr auto k_fit = Book::k_most_bytes / k_size;
    for (std::size_t i = 0; i < k_fit + 10; ++i) book.take(seen_at(path(i)), k_size);
    CHECK(book.entries().size() == k_fit);
    CHECK(book.trouble().find("left out") != std::string::npos);
    CHECK(book.take(Gone{{.path = path(0)}}));
    CHECK(book.take(seen_at("/srv/app/new"), k_size));
    book.set_roots({"/srv/other"});
    CHECK(book.entries().empty());
    for (std::size_t i = 0; i < k_fit; ++i) book.take(seen_at("/srv/other/" + std::to_string(i)), k_size);
    CHECK(book.entries().size() == k_fit);
}

TEST_CASE("so many environments of one account are kept and no more")
{
    Book book({"/srv/app"});
    for (std::size_t i = 0; i < Book::k_most_environments + 1; ++i) book.take(seen_at("/srv/app/" + std::to_string(i)), 1);
    CHECK(book.entries().size() == Book::k_most_environments);
    CHECK_FALSE(book.trouble().empty());
    CHECK_FALSE(book.take(seen_at("/srv/app/0"), 1)); // one that is known may still be told anew
    CHECK(book.entries().size() == Book::k_most_environments);
}

TEST_CASE("findings that were left out are told with the environment")
{
    Book book({"/srv/app"});
    auto seen = seen_at("/srv/app");
    seen.left_out = 3;
    book.take(seen, 100);
    CHECK(book.entries().begin()->second.report.state_reason == "3 more findings are not told here");
}
