#pragma once

#include "base/result.hpp"
#include "fs/tree.hpp"
#include "inventory/inventory.hpp"
#include "inventory/watch_folders.hpp"
#include "model/environment.hpp"
#include "watch/fact.hpp"

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace envfix::watch {

struct Options {
    std::chrono::milliseconds poll_every{std::chrono::minutes{5}}; ///< what cannot be watched
    std::chrono::milliseconds sweep_every{
        std::chrono::minutes{10}}; ///< what lies too deep for watches
    std::size_t most_watches =
        0; ///< of all kinds; 0: nine tenths of what the kernel allows this user
    inventory::Limits limits;
    /// Files of the machine whose replacement is told as News::libraries_changed.
    std::vector<std::string> library_files{};
};

/// What has happened since the last news.
struct News {
    std::vector<Fact> facts; ///< in the order in which they were seen
    /// New ones, and known ones whose executable or project has changed.
    std::vector<model::Environment> appeared;
    std::vector<model::Environment> vanished; ///< they are not followed any more
    bool events_lost = false; ///< anything may have changed: capture every environment again
    bool libraries_changed = false; ///< Options::library_files: the system's libraries are others now
    bool surveyed = false;    ///< every root and known place has been looked at once more
};

struct Status {
    std::size_t watches = 0;
    std::size_t allowed = 0; ///< by the kernel for this user; 0: not known
    std::size_t polled = 0;  ///< environments that are looked at from time to time instead
    std::vector<std::string> degraded; ///< one sentence each
    std::vector<std::string> notes;    ///< what a survey left out, one sentence each
};

/// Keeps an eye on environments and on the folders in which they appear. One inotify instance, on
/// one loop; long scans run in `pool`. Every call and the sink run on the loop's thread.
///
/// A folder is watched first and looked at then (THREATS.md W3), here and by the caller: `follow`
/// before the capture that counts. Events are hints; what is true is what a capture finds
/// afterwards.
class Watcher {
public:
    using Sink = std::function<void(News)>;

    static Result<std::unique_ptr<Watcher>> open(const asio::any_io_executor& loop,
                                                 const asio::any_io_executor& pool, fs::Tree tree,
                                                 const Options& options = {});
    ~Watcher();
    Watcher(const Watcher&) = delete;
    Watcher& operator=(const Watcher&) = delete;
    Watcher(Watcher&&) = delete;
    Watcher& operator=(Watcher&&) = delete;

    /// Says where environments may be, and starts to look there. News::surveyed tells that it is
    /// done.
    void look(inventory::Places places);

    /// Watches an environment's folders (inventory::watch_folders), the first six that exist;
    /// replaces what was watched of it before. True if one of them is newly watched: capture once
    /// more, for what happened in it until now went unseen. Call it again after each capture.
    bool follow(const std::string& environment, std::vector<inventory::WatchedFolder> folders);
    void forget(const std::string& environment);
    /// Nothing is in the making there any more: ends the watches on new dist-info folders.
    void settled(const std::string& environment);

    /// Tells the sink of what happens, until it is cancelled or stopped. True then, or else the
    /// error for which nothing can be watched any more. Once at a time.
    asio::awaitable<Result<bool>> run(Sink sink);
    /// Ends run(), and a scan that is under way.
    void stop();

    [[nodiscard]] Status status() const;

private:
    struct State;
    explicit Watcher(std::unique_ptr<State> state);

    std::unique_ptr<State> m_state;
};

} // namespace envfix::watch
