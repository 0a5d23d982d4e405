#pragma once

#include "remedy/transaction.hpp"
#include "service/running.hpp"

namespace envfix::service {

/// What the history says, at our start, of runs during which a daemon died.
class Recovery {
public:
    Recovery(World& world, Planning& planning, Running& running) : m_world(world), m_planning(planning), m_running(running) {}

    /// A transaction that a dead daemon left was finished or taken back: its run ends accordingly.
    void recovered(const remedy::Recovered& recovered);

    /// After that: runs that still count as running died before they changed anything, or after they had changed all. Those that
    /// systemd may know more about are left to Running::end_interrupted().
    void close_dead_runs();

private:
    World& m_world;
    Planning& m_planning;
    Running& m_running;
};

} // namespace envfix::service
