#include "service/observer.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/thread_pool.hpp>

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

using namespace envfix;

namespace {

constexpr const char* k_id = "one";

/// An observer of one site folder, on a loop of its own, with an installer that works when the test says so.
class Observed {
public:
    explicit Observed(const std::string& site)
    {
        service::ObserverSink sink{.appeared = [](const auto&) {},
                                   .vanished = [](const auto&) {},
                                   .settled =
                                       [this](const engine::Settled& one) {
                                           settled.push_back(one);
                                           last_settled = std::chrono::steady_clock::now();
                                       },
                                   .events_lost = [] {},
                                   .surveyed = [] {},
                                   .installer_at_work = [this](const std::string&) { return is_at_work; }};
        auto opened = service::Observer::open(m_io.get_executor(), m_pool.get_executor(), *fs::Tree::open(), {}, {}, sink);
        REQUIRE(opened);
        m_observer = *std::move(opened);
        REQUIRE(m_observer->follow(k_id, {{site, inventory::FolderRole::site}}));
        asio::co_spawn(m_io, m_observer->run(), [this](const std::exception_ptr&, const Result<bool>&) { m_ended = true; });
    }

    ~Observed()
    {
        m_observer->stop();
        until([this] { return m_ended; });
        m_pool.join();
    }

    Observed(const Observed&) = delete;
    Observed& operator=(const Observed&) = delete;
    Observed(Observed&&) = delete;
    Observed& operator=(Observed&&) = delete;

    bool until(const std::function<bool()>& holds)
    {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
        while (!holds()) {
            if (std::chrono::steady_clock::now() >= end) return false;
            m_io.run_one_until(end);
        }
        return true;
    }

    bool is_at_work = false;
    std::vector<engine::Settled> settled;
    std::chrono::steady_clock::time_point last_settled;

private:
    asio::io_context m_io{1};
    asio::thread_pool m_pool{1};
    std::unique_ptr<service::Observer> m_observer;
    bool m_ended = false;
};

} // namespace

TEST_CASE("damage is settled at once where nobody installs")
{
    const TempFolder site;
    const auto module = site.file("m.so");
    Observed observed(site.path());
    std::filesystem::remove(module);
    REQUIRE(observed.until([&] { return !observed.settled.empty(); }));
    CHECK(observed.settled[0].why == engine::Why::damage);
    CHECK(observed.settled[0].may_repair);
}

TEST_CASE("the end of an installer that touches nothing more is noticed, and what it left may be repaired")
{
    const TempFolder site;
    const auto module = site.file("m.so");
    Observed observed(site.path());
    observed.is_at_work = true;
    std::filesystem::remove(module);
    REQUIRE(observed.until([&] { return observed.settled.size() == 1; }));
    CHECK_FALSE(observed.settled[0].may_repair);
    observed.is_at_work = false;
    REQUIRE(observed.until([&] { return observed.settled.size() == 2; }));
    CHECK(observed.settled[1].may_repair);
}

TEST_CASE("whatever comes and goes in a storm of changes, the last of them is settled")
{
    const TempFolder site;
    const auto info = site.folder("cffi-1.0.dist-info");
    site.file("cffi-1.0.dist-info/RECORD");
    site.file("cffi-1.0.dist-info/INSTALLER");
    const TempFolder elsewhere;
    const auto away = elsewhere / "away";
    Observed observed(site.path());
    constexpr int k_rounds = 200;
    for (int i = 0; i < k_rounds; ++i) {
        // Seen in all the ways in which the reader may be overtaken: some rounds leave it time, others none.
        std::filesystem::rename(info, away);
        if (i % 3 == 0) observed.until([&, before = observed.settled.size()] { return observed.settled.size() > before; });
        std::filesystem::rename(away, info);
        if (i % 7 == 0) observed.until([&, before = observed.settled.size()] { return observed.settled.size() > before; });
    }
    const auto lost = std::chrono::steady_clock::now();
    std::filesystem::rename(info, away);
    CHECK(observed.until([&] { return observed.last_settled > lost; })); // before an unfinished install would be given up
}
