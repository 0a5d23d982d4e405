#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <map>

namespace envfix::bus {

struct Limits {
    /// On the session bus every caller is the user himself: this only stops a program that runs wild. The 200 of
    /// THREATS.md B6 would already stop a shell loop over `envfixctl status`.
    double calls_per_second = 2000;
    double burst = 4000;
    std::size_t in_flight = 32;
};

/// Decides whether one more call of a uid is served. Time is passed in.
class Quota {
public:
    using Time = std::chrono::steady_clock::time_point;

    explicit Quota(Limits limits) : m_limits(limits) {}

    /// Takes one call from the uid's allowance; false: it has none left.
    [[nodiscard]] bool take(uid_t uid, Time now);

    /// Counts a call that lasts; false: too many of them. Each true is followed by one `ended`.
    [[nodiscard]] bool begin(uid_t uid);
    void ended(uid_t uid);

private:
    struct Account {
        double left = 0;
        Time since{};
        std::size_t in_flight = 0;
    };

    Limits m_limits;
    std::map<uid_t, Account> m_accounts; ///< the bus admits one uid on a session bus
};

} // namespace envfix::bus
