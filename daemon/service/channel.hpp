#pragma once

#include "accounts/record.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <sys/types.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// What the machine's daemon and its workers talk over: why it is a SOCK_SEQPACKET socket says accounts/record.hpp.
namespace envfix::service {

/// Where the socket of an account lies: this and the uid.
inline constexpr std::string_view k_worker_socket = "/run/envfix/worker-";

/// One end of a connection. Used by one coroutine at a time; closing it ends a wait.
class Channel {
public:
    /// `peer`: who the kernel says is at the other end.
    Channel(const asio::any_io_executor& loop, UniqueFd socket, uid_t peer);

    static Result<std::shared_ptr<Channel>> connect(const asio::any_io_executor& loop, const std::string& path);

    [[nodiscard]] uid_t peer() const { return m_peer; }

    /// The next packet, 64 KiB at most. Errors: not_found where the other side has gone, too_large, cancelled.
    asio::awaitable<Result<std::string>> receive();

    /// At once or not at all. Errors: busy where the other side does not read, io.
    Result<void> send(std::string_view packet);
    /// As soon as the other side makes room.
    asio::awaitable<Result<void>> send_in_turn(std::string packet);

    void close();

private:
    asio::posix::stream_descriptor m_socket;
    uid_t m_peer;
    std::vector<char> m_buffer;
};

/// Where one account's workers come in.
class Listener {
public:
    /// A socket at this path, which only that account (and we) may connect to; one that is there is replaced. The folder is ours.
    static Result<std::shared_ptr<Listener>> open(const asio::any_io_executor& loop, const std::string& path, uid_t account);
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;
    Listener(Listener&&) = delete;
    Listener& operator=(Listener&&) = delete;

    /// The next connection of that account; others are closed. Errors: cancelled, io.
    asio::awaitable<Result<std::shared_ptr<Channel>>> accept();

    void close();

private:
    Listener(const asio::any_io_executor& loop, UniqueFd socket, std::string path, uid_t account);

    asio::posix::stream_descriptor m_socket;
    std::string m_path;
    uid_t m_account;
};

} // namespace envfix::service
