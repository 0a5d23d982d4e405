#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace envfix::accounts {

/// Decides which workers run, and does nothing itself: whoever has systemd's ear carries out what is due and says how it went.
///
/// A worker that ends is started again, after a pause that doubles each time up to five minutes; one that worked for a minute has
/// made good for those before. One that was started and does not report is as good as one that ended.
class Roster {
public:
    using Clock = std::chrono::steady_clock;
    using TimePoint = Clock::time_point;

    static constexpr std::chrono::seconds k_first_pause{1};
    static constexpr std::chrono::seconds k_longest_pause{300};
    static constexpr std::chrono::seconds k_reports_within{20};
    static constexpr std::chrono::seconds k_makes_good{60};

    enum class Act : std::uint8_t { start, stop };

    struct Action {
        Act act = Act::start;
        std::uint32_t uid = 0;

        bool operator==(const Action&) const = default;
    };

    /// For whom a worker is to run from now on. Those that were refused are tried again at once: whoever changes the
    /// configuration may have changed more.
    void want(const std::set<std::uint32_t>& uids, TimePoint now);

    /// What is to be done now; each is given once.
    [[nodiscard]] std::vector<Action> due(TimePoint now);

    /// When to ask due() again, if nothing else happens.
    [[nodiscard]] std::optional<TimePoint> next() const;

    /// Its worker has reported. False: none is wanted, or none was started: who comes and goes on his own would not have to pause.
    bool reported(std::uint32_t uid, TimePoint now);
    /// It has gone, or could not be started.
    void lost(std::uint32_t uid, const std::string& why, TimePoint now);

    [[nodiscard]] bool is_at_work(std::uint32_t uid) const;

    /// Why none is at work for this account; empty: one is, or the first is about to be.
    [[nodiscard]] std::string trouble(std::uint32_t uid) const;

private:
    enum class State : std::uint8_t { pausing, starting, working };

    struct Worker {
        State state = State::pausing;
        TimePoint since{}; ///< working: when it reported; else when its time is over
        std::chrono::seconds pause = k_first_pause;
        std::string why;
    };

    std::map<std::uint32_t, Worker> m_workers;
    std::set<std::uint32_t> m_to_stop;
};

} // namespace envfix::accounts
