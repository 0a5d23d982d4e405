#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace envfix::engine {

/// How pressing a judgement is.
enum class Urgency : std::uint8_t {
    damage, ///< something vanished, or a person waits
    change,
    sweep ///< nothing was seen; it is only time to look
};

/// Decides which environment is judged next, and where a fix may begin. Keeps no order of fixes:
/// who asks first, begins.
///
/// Each environment waits once, however often it is asked for, and a more pressing request moves it
/// forward. Pressing ones come first, but after four in a row the one that has waited longest gets
/// its turn.
class Queue {
public:
    /// `most_fixes` run at a time in all environments.
    explicit Queue(std::size_t most_fixes = 1) : m_most_fixes(most_fixes) {}

    void request(const std::string& environment, Urgency urgency);
    /// The next to judge; it counts as being judged until judged(). One that is being judged or
    /// fixed is not given out: a request for it waits.
    [[nodiscard]] std::optional<std::string> next();
    void judged(std::string_view environment);

    /// True if a fix may begin there now, and it has begun. One at a time for each environment, and
    /// none while it is being judged.
    [[nodiscard]] bool begin_fix(const std::string& environment);
    void end_fix(std::string_view environment);

    /// The environment is gone: nothing waits for it. What runs there ends by judged() and
    /// end_fix().
    void forget(std::string_view environment);

    [[nodiscard]] std::size_t waiting() const { return m_waiting.size(); }

    [[nodiscard]] bool is_fixing(std::string_view environment) const;

private:
    struct Request {
        Urgency urgency = Urgency::sweep;
        std::uint64_t since =
            0; ///< a number that grows with each request; kept when it is repeated
    };

    std::size_t m_most_fixes;
    std::map<std::string, Request, std::less<>> m_waiting;
    std::set<std::string, std::less<>> m_judging;
    std::set<std::string, std::less<>> m_fixing;
    std::uint64_t m_requests = 0;
    int m_in_a_row = 0; ///< given out before others that have waited longer
};

} // namespace envfix::engine
