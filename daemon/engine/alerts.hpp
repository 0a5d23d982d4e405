#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace envfix::engine {

/// What a person is told of an environment where something is wrong.
struct Problem {
    std::string environment; ///< its id
    std::string path;
    std::string summary;         ///< of the first finding; untrusted, as the path
    std::set<std::string> codes; ///< of what is wrong
    std::string plan;            ///< id of the plan that waits; empty: none
    std::string plan_digest;
    std::string advice;          ///< what the plan tells the person to do; empty: the plan can be carried out

    bool operator==(const Problem&) const = default;
};

/// Begins a message, or replaces the one of this key: of one environment by its id, or of many by k_summary.
struct Tell {
    std::string key;
    std::vector<Problem> problems; ///< by path

    bool operator==(const Tell&) const = default;
};

/// Takes a message back: what it said is over, or said elsewhere.
struct Withdraw {
    std::string key;

    bool operator==(const Withdraw&) const = default;
};

using Alert = std::variant<Tell, Withdraw>;

inline constexpr const char* k_summary = "";

/// What of an environment was told already; kept by the caller over restarts.
struct Told {
    std::set<std::string> codes;
    bool plan = false; ///< also that a plan waits

    bool operator==(const Told&) const = default;
};
using Telling = std::map<std::string, Told, std::less<>>; ///< by environment id

struct AlertPace {
    std::chrono::milliseconds gather{2000}; ///< what comes within this time is told together
    std::chrono::milliseconds refresh{500}; ///< after which a message follows what has changed
    std::size_t singles = 3;                ///< messages of one environment each in `per`; more become one summary
    std::chrono::milliseconds per{60'000};
};

/// Decides what a person is told of environments unasked, and tells nothing itself: each problem once, when it comes up and
/// once more when a plan for it waits; many of them as one summary. A code is news again only after it was gone. Knows
/// no clock and no desktop.
class Alerts {
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    explicit Alerts(Telling told = {}, AlertPace pace = {}) : m_pace(pace), m_told(std::move(told)) {}

    /// Something is wrong there, for good: nobody installs at the moment.
    void wrong(Problem problem, TimePoint now);
    /// All is well there, or only not as good as it could be.
    void well(const std::string& environment, TimePoint now);
    /// It is being fixed or cannot be looked at: nothing is told of it until one of the others.
    void unclear(const std::string& environment);
    /// Something is wrong there, which may be for a moment only: no news by itself. Ends `unclear`.
    void wrong_for_now(Problem problem, TimePoint now);
    /// Forgets what was told of environments that are not in this list.
    void keep_only(const std::set<std::string>& environments);

    /// Whether there is somebody to tell. What is due waits until there is. Messages that were open are not any more.
    void listen(bool somebody, TimePoint now);
    /// The person closed the message of this key.
    void dismissed(const std::string& key);

    /// When take_due() has something to give, if nothing more happens.
    [[nodiscard]] std::optional<TimePoint> next_deadline() const;
    [[nodiscard]] std::vector<Alert> take_due(TimePoint now);

    [[nodiscard]] const Telling& told() const { return m_told; }
    /// The messages that are open.
    [[nodiscard]] std::vector<std::string> open() const;

private:
    struct Trouble {
        Problem problem;
        std::optional<TimePoint> due; ///< it is news, to be told at this time
        bool unclear = false;
    };

    [[nodiscard]] bool is_news(const Problem& problem) const;
    [[nodiscard]] std::vector<std::string> take_news();
    void tell_news(const std::vector<std::string>& news, TimePoint now, std::vector<Alert>& alerts);
    void follow_changes(std::vector<Alert>& alerts);
    void refresh_summary(std::vector<Alert>& alerts);
    void mark_told(const Problem& problem);
    void expect(TimePoint when);
    void update(Trouble& trouble, Problem problem, TimePoint now);
    [[nodiscard]] std::optional<TimePoint> soonest() const;

    AlertPace m_pace;
    Telling m_told;
    std::map<std::string, Trouble> m_troubles;
    std::map<std::string, Problem> m_singles; ///< open messages of one environment, as they stand there
    std::map<std::string, Problem> m_summary; ///< the open summary, as it stands there
    bool m_summary_is_old = false;
    std::deque<TimePoint> m_recent; ///< when messages of one environment were begun
    std::optional<TimePoint> m_refresh;
    std::optional<TimePoint> m_soonest; ///< nothing is due before; asked after each of ten thousand environments
    bool m_somebody = false;
};

} // namespace envfix::engine
