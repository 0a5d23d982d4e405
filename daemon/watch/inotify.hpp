#pragma once

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "formats/inotify.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace envfix::watch {

/// What is asked of the kernel for a folder.
enum class Interest : std::uint8_t {
    contents, ///< of an environment: names, contents and modes of the files directly in it
    names     ///< above environments: which names come and go
};

/// One inotify instance. It never asks to be told of reading, for we would see our own.
class Inotify {
public:
    static Result<Inotify> open();

    /// Watches the folder that `folder` stands for, not its path: nobody can exchange it meanwhile.
    /// The same folder has the same number, and its interests add up. May be called from any
    /// thread. no_space: the user's limit of watches is reached.
    [[nodiscard]] Result<int> add(int folder, Interest interest) const;
    void remove(int number) const;

    struct Batch {
        std::vector<formats::InotifyEvent> events;
        std::size_t bytes = 0;
    };

    /// One read of what waits, up to 64 KiB. Nothing waits: no events.
    [[nodiscard]] Result<Batch> read() const;
    /// The bytes that wait to be read.
    [[nodiscard]] std::size_t waiting() const;

    [[nodiscard]] int descriptor() const { return m_fd.get(); }

private:
    explicit Inotify(UniqueFd fd) : m_fd(std::move(fd)) {}

    UniqueFd m_fd;
};

/// What the kernel allows this user (/proc/sys/fs/inotify); 0: not known.
struct KernelLimits {
    std::size_t watches = 0;
    std::size_t queued_events = 0;
};

KernelLimits kernel_limits();

} // namespace envfix::watch
