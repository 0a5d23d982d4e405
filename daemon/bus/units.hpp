#pragma once

#include "base/result.hpp"

#include <sdbus-c++/IConnection.h>
#include <sdbus-c++/IProxy.h>

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace envfix::bus {

/// How a unit of systemd stands.
struct UnitState {
    std::string active; ///< "activating", "active", "failed", "inactive", …
    std::string result; ///< of its process: "success", "exit-code", "timeout", …
    bool has_job = false; ///< is about to become something else: a start that was taken and has not begun is "inactive"

    [[nodiscard]] bool is_over() const { return !has_job && (active == "active" || active == "failed" || active == "inactive"); }
    [[nodiscard]] bool went_well() const { return active == "active" && result == "success"; }
};

/// Starts, watches and stops units through systemd's own interface (org.freedesktop.systemd1). Which ones we may is for a rule
/// of polkit to say. Answers come on the loop's thread; dropped uncalled where the bus goes.
class Units {
public:
    Units(sdbus::IConnection& connection, std::function<void()> kick);

    void start(const std::string& unit, std::function<void(Result<void>)> done);
    void stop(const std::string& unit, std::function<void(Result<void>)> done);
    void state(const std::string& unit, std::function<void(Result<UnitState>)> done);

private:
    void order(const char* method, const std::string& unit, std::function<void(Result<void>)> done);

    sdbus::IConnection& m_connection;
    std::function<void()> m_kick;
    std::unique_ptr<sdbus::IProxy> m_manager;
    std::map<std::string, std::unique_ptr<sdbus::IProxy>> m_units; ///< whose state was asked, by name
};

} // namespace envfix::bus
