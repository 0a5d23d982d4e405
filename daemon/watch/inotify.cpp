#include "watch/inotify.hpp"

#include "fs/tree.hpp"

#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <span>
#include <string>

namespace envfix::watch {

namespace {

constexpr std::size_t k_read_size{64UL * 1024};
constexpr std::uint32_t k_always = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO |
                                   IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_EXCL_UNLINK |
                                   IN_MASK_ADD;
// IN_MODIFY besides IN_CLOSE_WRITE: truncate(2) by path opens nothing, so nothing is closed.
constexpr std::uint32_t k_contents = IN_CLOSE_WRITE | IN_MODIFY | IN_ATTRIB;

std::size_t number_in(const std::string& path)
{
    constexpr std::size_t k_cap{64};
    const auto tree = fs::Tree::open();
    if (!tree) return 0;
    const auto text = tree->read(path, k_cap);
    std::size_t number = 0;
    if (text) std::from_chars(text->data(), text->data() + text->size(), number);
    return number;
}

} // namespace

Result<Inotify> Inotify::open()
{
    UniqueFd fd(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    if (!fd) return fail(errno_error("opening inotify"));
    return Inotify(std::move(fd));
}

Result<int> Inotify::add(int folder, Interest interest) const
{
    const auto path = "/proc/self/fd/" + std::to_string(folder);
    const auto mask = k_always | (interest == Interest::contents ? k_contents : 0U);
    const int number = ::inotify_add_watch(m_fd.get(), path.c_str(), mask);
    if (number < 0) return fail(errno_error("watching a folder"));
    return number;
}

void Inotify::remove(int number) const
{
    ::inotify_rm_watch(m_fd.get(), number); // EINVAL: its folder went first
}

Result<Inotify::Batch> Inotify::read() const
{
    std::array<std::byte, k_read_size> bytes;
    const auto length = ::read(m_fd.get(), bytes.data(), bytes.size());
    if (length < 0) {
        if (errno == EAGAIN || errno == EINTR) return Batch{};
        return fail(errno_error("reading inotify"));
    }
    const auto size = static_cast<std::size_t>(length);
    return Batch{.events = formats::decode_inotify(std::span(bytes).first(size)), .bytes = size};
}

std::size_t Inotify::waiting() const
{
    int bytes = 0;
    return ::ioctl(m_fd.get(), FIONREAD, &bytes) == 0 ? static_cast<std::size_t>(bytes) : 0;
}

KernelLimits kernel_limits()
{
    return {.watches = number_in("/proc/sys/fs/inotify/max_user_watches"),
            .queued_events = number_in("/proc/sys/fs/inotify/max_queued_events")};
}

} // namespace envfix::watch
