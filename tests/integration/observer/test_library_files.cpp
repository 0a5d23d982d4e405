#include "service/observer.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/thread_pool.hpp>

#include <chrono>
#include <filesystem>
#include <set>
#include <string>

using namespace envfix;

TEST_CASE("a library cache that is replaced has those judged again that need libraries, once for a burst")
{
    const TempFolder temp;
    const auto cache = temp.file("etc/ld.so.cache", "old");
    asio::io_context io{1};
    asio::thread_pool pool{1};
    std::multiset<std::string> settled;
    bool ended = false;
    const service::ObserverSink sink{.appeared = [](const auto&) {},
                                     .vanished = [](const auto&) {},
                                     .settled = [&](const engine::Settled& one) { settled.insert(one.environment); },
                                     .events_lost = [] {},
                                     .needing_libraries = [] { return std::vector<std::string>{"a", "b"}; },
                                     .surveyed = [] {},
                                     .installer_at_work = [](const std::string&) { return false; }};
    watch::Options options;
    options.library_files = {cache};
    auto observer = service::Observer::open(io.get_executor(), pool.get_executor(), *fs::Tree::open(), options, {}, sink);
    REQUIRE(observer);
    asio::co_spawn(io, (*observer)->run(), [&](const std::exception_ptr&, const Result<bool>&) { ended = true; });

    // dpkg and ldconfig each write more than once.
    for (int i = 0; i < 5; ++i) {
        temp.file("etc/ld.so.cache~", "new");
        std::filesystem::rename(temp / "etc/ld.so.cache~", cache);
    }
    temp.file("etc/passwd.new");
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (settled.size() < 2 && std::chrono::steady_clock::now() < end) io.run_one_until(end);
    io.run_for(std::chrono::milliseconds(150)); // longer than it would take to settle once more
    CHECK(settled == std::multiset<std::string>{"a", "b"});
    (*observer)->stop();
    while (!ended && std::chrono::steady_clock::now() < end) io.run_one_until(end);
    CHECK(ended);
    pool.join();
}
