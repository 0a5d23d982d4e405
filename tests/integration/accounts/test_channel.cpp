#include "service/channel.hpp"
#include "support/catch.hpp"
#include "support/run.hpp"
#include "support/temp_folder.hpp"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

using namespace envfix;
using service::Channel;
using service::Listener;

namespace {

struct Pair {
    explicit Pair(asio::io_context& io)
        : path(folder / "socket"), listener(*Listener::open(io.get_executor(), path, ::geteuid())),
          worker(*Channel::connect(io.get_executor(), path))
    {
        auto accepted = run_to_end(io, listener->accept());
        io.restart();
        REQUIRE(accepted);
        monitor = *accepted;
    }

    TempFolder folder;
    std::string path;
    std::shared_ptr<Listener> listener;
    std::shared_ptr<Channel> worker;
    std::shared_ptr<Channel> monitor;
};

} // namespace

TEST_CASE("a packet arrives as it was sent, and the end of the other side is told")
{
    asio::io_context io{1};
    Pair pair(io);
    CHECK(pair.monitor->peer() == ::geteuid());
    REQUIRE(pair.worker->send("one"));
    REQUIRE(pair.worker->send(std::string(accounts::k_record_cap, 'x')));
    CHECK(*run_to_end(io, pair.monitor->receive()) == "one");
    io.restart();
    CHECK(run_to_end(io, pair.monitor->receive())->size() == accounts::k_record_cap);
    io.restart();
    pair.worker->close();
    CHECK(run_to_end(io, pair.monitor->receive()).error().code == ErrorCode::not_found);
}

TEST_CASE("a packet that is too long is not taken")
{
    asio::io_context io{1};
    Pair pair(io);
    REQUIRE(pair.worker->send(std::string(accounts::k_record_cap + 1, 'x')));
    CHECK(run_to_end(io, pair.monitor->receive()).error().code == ErrorCode::too_large);
}

TEST_CASE("whoever does not read keeps nobody waiting")
{
    asio::io_context io{1};
    Pair pair(io);
    Result<void> sent{};
    for (int i = 0; i < 1000 && sent; ++i) sent = pair.monitor->send(std::string(1000, 'x'));
    REQUIRE_FALSE(sent);
    CHECK(sent.error().code == ErrorCode::busy);
}

TEST_CASE("nobody but the account that a socket is for gets through it")
{
    if (::geteuid() != 0) return; // only root can be others
    constexpr uid_t k_account = 12'345;
    asio::io_context io{1};
    TempFolder folder;
    ::chmod(folder.path().c_str(), 0711);
    const auto path = folder / "socket";
    const auto listener = Listener::open(io.get_executor(), path, k_account);
    REQUIRE(listener);
    const auto connects = [&](uid_t uid) {
        const pid_t child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            if (::setresuid(uid, uid, uid) != 0) ::_exit(2);
            ::_exit(Channel::connect(io.get_executor(), path) ? 0 : 1);
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        return WEXITSTATUS(status);
    };
    CHECK(connects(k_account) == 0);
    const auto accepted = run_to_end(io, (*listener)->accept());
    REQUIRE(accepted);
    CHECK((*accepted)->peer() == k_account);
    struct ::stat list{};
    REQUIRE(::stat(path.c_str(), &list) == 0);
    if ((list.st_mode & 0006U) == 0) CHECK(connects(k_account + 1) == 1); // a file system with access lists
}
