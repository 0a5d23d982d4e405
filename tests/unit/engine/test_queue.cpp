#include "engine/queue.hpp"
#include "support/catch.hpp"

#include <random>
#include <string>
#include <vector>

using envfix::engine::Queue;
using envfix::engine::Urgency;

namespace {

std::string order(Queue& queue)
{
    std::string names;
    while (const auto environment = queue.next()) {
        names += *environment;
        queue.judged(*environment);
    }
    return names;
}

} // namespace

TEST_CASE("the more pressing comes first, and among equals who waited longer")
{
    Queue queue;
    queue.request("s", Urgency::sweep);
    queue.request("c", Urgency::change);
    queue.request("b", Urgency::damage);
    queue.request("a", Urgency::damage);
    CHECK(order(queue) == "bacs");
}

TEST_CASE("an environment waits once and keeps its place when it is asked for again")
{
    Queue queue;
    queue.request("a", Urgency::change);
    queue.request("b", Urgency::change);
    queue.request("a", Urgency::change);
    queue.request("b", Urgency::sweep);
    CHECK(queue.waiting() == 2);
    CHECK(order(queue) == "ab");
    queue.request("a", Urgency::change);
    queue.request("b", Urgency::change);
    queue.request("b", Urgency::damage);
    CHECK(order(queue) == "ba");
}

TEST_CASE("after four that were more pressing the one that waited longest gets its turn")
{
    Queue queue;
    queue.request("z", Urgency::sweep);
    for (const auto* name : {"1", "2", "3", "4", "5", "6"})
        queue.request(name, Urgency::damage);
    CHECK(order(queue) == "1234z56");
}

TEST_CASE("what is being judged or fixed is not given out")
{
    Queue queue;
    queue.request("a", Urgency::change);
    CHECK(queue.next() == "a");
    queue.request("a", Urgency::damage);
    CHECK_FALSE(queue.next());
    CHECK_FALSE(queue.begin_fix("a"));
    queue.judged("a");
    CHECK(queue.begin_fix("a"));
    CHECK(queue.is_fixing("a"));
    CHECK_FALSE(queue.begin_fix("a"));
    CHECK_FALSE(queue.begin_fix("b")); // one at a time in all
    CHECK_FALSE(queue.next());
    queue.end_fix("a");
    CHECK(queue.next() == "a");
}

TEST_CASE("an environment that is gone waits no more")
{
    Queue queue;
    queue.request("a", Urgency::damage);
    queue.forget("a");
    CHECK_FALSE(queue.next());
}

TEST_CASE("whatever is asked, no two things happen in one environment and none waits for ever")
{
    std::mt19937 random(42); // NOLINT: the same walk each time
    Queue queue(2);
    std::vector<std::string> judging;
    std::vector<std::string> fixing;
    const auto take_out = [&](std::vector<std::string>& list) {
        const auto at = list.begin() + static_cast<std::ptrdiff_t>(random() % list.size());
        auto name = *at;
        list.erase(at);
        return name;
    };
    const auto has = [](const std::vector<std::string>& list, const std::string& name) {
        return std::find(list.begin(), list.end(), name) != list.end();
    };
    queue.request("patient", Urgency::sweep);
    bool served = false;
    for (int i = 0; i < 100'000; ++i) {
        const auto name = std::to_string(random() % 20);
        switch (random() % 5) {
        case 0: queue.request(name, static_cast<Urgency>(random() % 3)); break;
        case 1:
            if (const auto next = queue.next()) {
                CHECK_FALSE(has(judging, *next));
                CHECK_FALSE(has(fixing, *next));
                served = served || *next == "patient";
                judging.push_back(*next);
            }
            break;
        case 2:
            if (!judging.empty()) queue.judged(take_out(judging));
            break;
        case 3:
            if (queue.begin_fix(name)) {
                CHECK_FALSE(has(judging, name));
                CHECK_FALSE(has(fixing, name));
                fixing.push_back(name);
            }
            CHECK(fixing.size() <= 2);
            break;
        default:
            if (!fixing.empty()) queue.end_fix(take_out(fixing));
        }
        if (i > 1000) CHECK(served);
    }
}
