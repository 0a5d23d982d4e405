#pragma once

#include "support/catch.hpp"
#include "support/temp_folder.hpp"
#include "watch/watcher.hpp"

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/thread_pool.hpp>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <optional>
#include <set>

/// A watcher on a loop of its own, and all that it has told.
class Harness {
public:
    explicit Harness(const envfix::watch::Options& options = {})
    {
        auto tree = envfix::fs::Tree::open();
        REQUIRE(tree);
        auto opened = envfix::watch::Watcher::open(m_io.get_executor(), m_pool.get_executor(),
                                                   std::move(*tree), options);
        REQUIRE(opened);
        m_watcher = std::move(*opened);
        asio::co_spawn(m_io,
                       m_watcher->run([this](envfix::watch::News news) { take(std::move(news)); }),
                       [this](const std::exception_ptr& thrown, envfix::Result<bool> ended) {
                           m_ended = !thrown && ended && *ended;
                       });
    }

    ~Harness()
    {
        m_watcher->stop();
        m_io.run_for(std::chrono::seconds(10));
        CHECK(m_ended);
        m_pool.join();
    }

    Harness(const Harness&) = delete;
    Harness& operator=(const Harness&) = delete;
    Harness(Harness&&) = delete;
    Harness& operator=(Harness&&) = delete;

    envfix::watch::Watcher& watcher() { return *m_watcher; }

    /// Runs the loop until `holds`, for 5 s at most.
    bool until(const std::function<bool()>& holds)
    {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
        while (!holds()) {
            if (std::chrono::steady_clock::now() >= end) return false;
            m_io.run_one_until(end);
        }
        return true;
    }

    /// Runs the loop for a while; gives the number of handlers that had something to do.
    std::size_t run_for(std::chrono::milliseconds time) { return m_io.run_for(time); }

    /// Looks at one root and waits until all is surveyed.
    void look(const std::string& root)
    {
        surveyed = false;
        m_watcher->look({.roots = {root}, .system = false});
        REQUIRE(until([this] { return surveyed; }));
    }

    bool knows(const std::string& path) const { return paths.contains(path); }

    bool has(envfix::watch::FactKind kind, const std::string& name) const
    {
        return std::ranges::any_of(
            facts, [&](const auto& fact) { return fact.kind == kind && fact.name == name; });
    }

    std::vector<envfix::watch::Fact> facts;
    std::set<std::string> paths; ///< of the environments that there are, as told
    std::vector<envfix::model::Environment> appeared;
    std::vector<envfix::model::Environment> vanished;
    int losses = 0;
    int library_changes = 0;
    bool surveyed = false;

private:
    void take(envfix::watch::News news)
    {
        facts.insert(facts.end(), news.facts.begin(), news.facts.end());
        for (const auto& environment : news.vanished)
            paths.erase(environment.path);
        for (const auto& environment : news.appeared)
            paths.insert(environment.path);
        appeared.insert(appeared.end(), news.appeared.begin(), news.appeared.end());
        vanished.insert(vanished.end(), news.vanished.begin(), news.vanished.end());
        losses += news.events_lost ? 1 : 0;
        library_changes += news.libraries_changed ? 1 : 0;
        surveyed = surveyed || news.surveyed;
    }

    asio::io_context m_io{1};
    asio::thread_pool m_pool{1};
    std::unique_ptr<envfix::watch::Watcher> m_watcher;
    bool m_ended = false;
};

/// A folder that is a venv as far as anyone can see from its names.
inline void make_venv(const TempFolder& temp, const std::string& name)
{
    temp.folder(name + "/bin");
    temp.folder(name + "/lib/python3.11/site-packages");
    temp.file(name + "/pyvenv.cfg", "home = /usr/bin\n");
    temp.link(name + "/bin/python", "/usr/bin/python3");
}
