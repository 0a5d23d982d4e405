#include "cli/progress.hpp"

#include "base/terminal.hpp"

#include <unistd.h>

#include <chrono>
#include <utility>

namespace envfix::cli {

Progress::Progress(bool shown, std::string what) : m_what(std::move(what))
{
    if (shown && is_terminal(STDERR_FILENO)) m_shows = std::thread([this] { show(); });
}

Progress::~Progress()
{
    {
        const std::lock_guard lock(m_mutex);
        m_over = true;
    }
    m_ends.notify_one();
    if (m_shows.joinable()) m_shows.join();
}

void Progress::show()
{
    const auto begun = std::chrono::steady_clock::now();
    std::size_t width = 0;
    std::unique_lock lock(m_mutex);
    for (int seconds = 1; !m_ends.wait_until(lock, begun + std::chrono::seconds(seconds), [this] { return m_over; }); ++seconds) {
        const auto line = m_what + " (" + std::to_string(seconds) + " s)";
        write_text(STDERR_FILENO, '\r' + line);
        width = line.size();
    }
    if (width > 0) write_text(STDERR_FILENO, '\r' + std::string(width, ' ') + '\r');
}

} // namespace envfix::cli
