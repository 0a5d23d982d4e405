#pragma once

#include "base/result.hpp"
#include "desktop/notice.hpp"

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace envfix::desktop {

/// What the notification server tells us. Called on the loop's thread.
struct Heard {
    std::function<void(bool)> available;                ///< somebody shows messages now, or nobody does any more
    std::function<void(const std::string&)> approved;   ///< the button was pressed: the digest of the plan that it was about
    std::function<void(const std::string&)> dismissed;  ///< the message of this key was closed, not by us
};

/// Messages on the person's desktop (org.freedesktop.Notifications 1.2), over a connection of our own to the session bus.
///
/// Never starts a notification server: only one that has its name on the bus is called, by its unique name. Nothing blocks, and
/// nothing is an error: a message that cannot be shown is not. Signals count only from that server. All members belong to
/// the loop's thread.
class Notifications {
public:
    /// Errors: io where there is no session bus.
    static Result<Notifications> open(const asio::any_io_executor& executor, Heard heard);

    ~Notifications();
    Notifications(Notifications&&) noexcept;
    Notifications& operator=(Notifications&&) noexcept;
    Notifications(const Notifications&) = delete;
    Notifications& operator=(const Notifications&) = delete;

    /// Until cancelled, or until the bus is gone (error io). What this object is outlives it.
    asio::awaitable<Result<void>> run();

    /// Shows it, instead of what is shown for the same key.
    void show(const std::string& key, const Notice& notice);
    /// Takes away what is shown for the key, if anything is.
    void close(const std::string& key);

private:
    struct Impl;
    explicit Notifications(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

/// Text as the markup of a message's body has it: & < > and quotes as entities.
std::string escape_markup(std::string_view text);

} // namespace envfix::desktop
