#include "service/plan_book.hpp"

#include "journal/journal.hpp"
#include "support/catch.hpp"
#include "support/samples.hpp"
#include "support/temp_folder.hpp"

#include <algorithm>
#include <string>

using namespace envfix;

TEST_CASE("of plans that have ended the latest are kept in memory, all that are open, and the journal has every one")
{
    const TempFolder folder;
    auto journal = journal::Journal::open(folder / "state");
    REQUIRE(journal);
    service::PlanBook book;
    auto plan = samples::plan();
    for (int i = 0; i < 300; ++i) {
        plan.id = std::to_string(100'000 + i);
        plan.created_s = i;
        plan.state = i == 0 ? model::PlanState::advice : model::PlanState::rejected;
        plan.digest = model::plan_digest(plan);
        REQUIRE(book.add(*journal, plan));
    }
    const auto kept = book.all();
    CHECK(kept.size() == 257);
    CHECK(kept.front().id == "100000");
    CHECK(kept.back().id == "100299");
    CHECK_FALSE(book.find("100001"));
    CHECK(journal->plan("100001"));
}
