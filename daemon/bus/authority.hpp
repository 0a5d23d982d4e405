#pragma once

#include "base/result.hpp"
#include "bus/access.hpp"
#include "bus/port.hpp"

#include <functional>

namespace envfix::bus {

/// Who says whether a caller may do something. On the system bus that is polkit; faked in tests.
class Authority {
public:
    /// Called once, on the loop's thread, maybe at once. An error (`denied`, `timed_out`, `busy`) is a no. Whoever drops it
    /// uncalled has said no, too.
    using Answer = std::function<void(Result<void>)>;

    Authority() = default;
    Authority(const Authority&) = delete;
    Authority& operator=(const Authority&) = delete;
    Authority(Authority&&) = delete;
    Authority& operator=(Authority&&) = delete;
    virtual ~Authority() = default;

    virtual void ask(const Caller& caller, Right right, Answer answer) = 0;
};

} // namespace envfix::bus
