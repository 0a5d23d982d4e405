#include "service/channel.hpp"

#include "base/as_values.hpp"

#include <asio/post.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

namespace envfix::service {

namespace {

using asio::posix::stream_descriptor;

constexpr int k_backlog = 4;
constexpr mode_t k_owner_only = 0600;
constexpr mode_t k_everybody = 0666;

Result<sockaddr_un> address_of(const std::string& path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof(address.sun_path)) return fail(ErrorCode::malformed, path + " is too long for a socket");
    std::memcpy(address.sun_path, path.c_str(), path.size());
    return address;
}

Result<UniqueFd> new_socket()
{
    UniqueFd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket) return fail(errno_error("making a socket"));
    return socket;
}

Result<uid_t> peer_of(int socket)
{
    ucred who{};
    socklen_t size = sizeof who;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &who, &size) != 0) return fail(errno_error("asking who connects"));
    return who.uid;
}

/// The access list of a file as the kernel keeps it (acl(5); linux/posix_acl_xattr.h): its owner and this user, nobody else.
Result<void> let_in(const std::string& path, uid_t user)
{
    struct Entry {
        std::uint16_t tag;
        std::uint16_t permissions;
        std::uint32_t id;
    };
    struct List {
        std::uint32_t version;
        std::array<Entry, 5> entries;
    };
    constexpr std::uint16_t k_user_object = 1;
    constexpr std::uint16_t k_user = 2;
    constexpr std::uint16_t k_group_object = 4;
    constexpr std::uint16_t k_mask = 0x10;
    constexpr std::uint16_t k_other = 0x20;
    constexpr std::uint16_t k_read_write = 6;
    constexpr std::uint32_t k_no_id = 0xffffffff;
    const List list{.version = 2,
                    .entries = {{{k_user_object, k_read_write, k_no_id},
                                 {k_user, k_read_write, user},
                                 {k_group_object, 0, k_no_id},
                                 {k_mask, k_read_write, k_no_id},
                                 {k_other, 0, k_no_id}}}};
    static_assert(sizeof(List) == 4 + 5 * 8);
    if (::setxattr(path.c_str(), "system.posix_acl_access", &list, sizeof list, 0) == 0) return {};
    if (errno != EOPNOTSUPP) return fail(errno_error("letting uid " + std::to_string(user) + " in at " + path));
    // Without lists everybody may knock; who it is says the kernel, and accept() goes by that.
    if (::chmod(path.c_str(), k_everybody) != 0) return fail(errno_error("opening " + path));
    return {};
}

} // namespace

Channel::Channel(const asio::any_io_executor& loop, UniqueFd socket, uid_t peer)
    : m_socket(loop, socket.release()), m_peer(peer), m_buffer(accounts::k_record_cap)
{
}

Result<std::shared_ptr<Channel>> Channel::connect(const asio::any_io_executor& loop, const std::string& path)
{
    ENVFIX_TRY(const auto address, address_of(path));
    ENVFIX_TRY(auto socket, new_socket());
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        return fail(errno_error("connecting to " + path));
    }
    ENVFIX_TRY(const auto peer, peer_of(socket.get()));
    return std::make_shared<Channel>(loop, std::move(socket), peer);
}

asio::awaitable<Result<std::string>> Channel::receive()
{
    co_await asio::this_coro::throw_if_cancelled(false);
    for (;;) {
        if (!m_socket.is_open()) co_return fail(ErrorCode::cancelled, "the connection was closed");
        // With MSG_TRUNC the size is the packet's own. Descriptors that come with it are closed by the kernel.
        const auto size = ::recv(m_socket.native_handle(), m_buffer.data(), m_buffer.size(), MSG_DONTWAIT | MSG_TRUNC);
        if (size == 0) co_return fail(ErrorCode::not_found, "the other side has gone");
        if (size > 0 && static_cast<std::size_t>(size) > m_buffer.size()) {
            co_return fail(ErrorCode::too_large, "a packet of more than 64 KiB");
        }
        if (size > 0) co_return std::string(m_buffer.data(), static_cast<std::size_t>(size));
        if (errno == EINTR) continue;
        if (errno == ECONNRESET) co_return fail(ErrorCode::not_found, "the other side has gone");
        if (errno != EAGAIN) co_return fail(errno_error("reading from the other side"));
        const auto [error] = co_await m_socket.async_wait(stream_descriptor::wait_read, k_as_values);
        if (error) co_return fail(ErrorCode::cancelled, "the connection was closed");
    }
}

Result<void> Channel::send(std::string_view packet)
{
    if (!m_socket.is_open()) return fail(ErrorCode::cancelled, "the connection was closed");
    for (;;) {
        if (::send(m_socket.native_handle(), packet.data(), packet.size(), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) return {};
        if (errno == EAGAIN) return fail(ErrorCode::busy, "the other side does not read");
        if (errno != EINTR) return fail(errno_error("writing to the other side"));
    }
}

asio::awaitable<Result<void>> Channel::send_in_turn(std::string packet)
{
    co_await asio::this_coro::throw_if_cancelled(false);
    for (;;) {
        auto sent = send(packet);
        if (sent || sent.error().code != ErrorCode::busy) co_return sent;
        const auto [error] = co_await m_socket.async_wait(stream_descriptor::wait_write, k_as_values);
        if (error) co_return fail(ErrorCode::cancelled, "the connection was closed");
    }
}

void Channel::close()
{
    asio::error_code ignored;
    m_socket.close(ignored);
}

Listener::Listener(const asio::any_io_executor& loop, UniqueFd socket, std::string path, uid_t account)
    : m_socket(loop, socket.release()), m_path(std::move(path)), m_account(account)
{
}

Listener::~Listener()
{
    close();
}

Result<std::shared_ptr<Listener>> Listener::open(const asio::any_io_executor& loop, const std::string& path, uid_t account)
{
    ENVFIX_TRY(const auto address, address_of(path));
    ENVFIX_TRY(auto socket, new_socket());
    ::unlink(path.c_str()); // of a daemon that was killed
    if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        return fail(errno_error("making the socket " + path));
    }
    if (::chmod(path.c_str(), k_owner_only) != 0) return fail(errno_error("closing " + path + " to others"));
    ENVFIX_CHECK(let_in(path, account));
    if (::listen(socket.get(), k_backlog) != 0) return fail(errno_error("listening at " + path));
    return std::shared_ptr<Listener>(new Listener(loop, std::move(socket), path, account));
}

asio::awaitable<Result<std::shared_ptr<Channel>>> Listener::accept()
{
    co_await asio::this_coro::throw_if_cancelled(false);
    for (;;) {
        if (!m_socket.is_open()) co_return fail(ErrorCode::cancelled, "nobody listens any more");
        UniqueFd socket(::accept4(m_socket.native_handle(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (socket) {
            const auto peer = peer_of(socket.get());
            if (!peer || *peer != m_account) {
                co_await asio::post(m_socket.get_executor(), asio::use_awaitable); // whoever comes again and again keeps nobody waiting
                continue;
            }
            co_return std::make_shared<Channel>(m_socket.get_executor(), std::move(socket), *peer);
        }
        if (errno == EINTR || errno == ECONNABORTED) continue;
        if (errno != EAGAIN) co_return fail(errno_error("accepting a worker"));
        const auto [error] = co_await m_socket.async_wait(stream_descriptor::wait_read, k_as_values);
        if (error) co_return fail(ErrorCode::cancelled, "nobody listens any more");
    }
}

void Listener::close()
{
    if (!m_socket.is_open()) return; // somebody else's may lie there by now
    ::unlink(m_path.c_str());
    asio::error_code ignored;
    m_socket.close(ignored);
}

} // namespace envfix::service
