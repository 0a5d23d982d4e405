#pragma once

#include "cli/client.hpp"

#include <functional>
#include <string>

namespace envfix::cli {

/// Follows one run to its end: what it does is told as it happens. Listen first (`Follower`), then start it, then `to_end`,
/// so that nothing slips between.
class Follower {
public:
    /// `tell` gets one line of the run each time; may be empty.
    Follower(Client& client, std::function<void(const model::RunEvent&)> tell);

    Answer<void> listen();

    /// Until the run is no longer in one of the states that last. `undoing`: until it has been taken back, or that failed.
    /// A failure that did not reach the daemon leaves the run as it is: the daemon goes on at its next start.
    Answer<model::Run> to_end(const std::string& id, bool undoing);

private:
    Client& m_client;
    std::function<void(const model::RunEvent&)> m_tell;
    std::string m_id;          ///< of the run that is followed; empty: not known yet
    bool m_changed = false;    ///< the daemon told of it since we looked
};

} // namespace envfix::cli
