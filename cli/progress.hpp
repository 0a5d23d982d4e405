#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace envfix::cli {

/// While it lives, and a second has passed, one line on standard error says what lasts and how long it has; the line goes with
/// it. Nothing is shown where nobody looks: no terminal, or `shown` false.
class Progress {
public:
    Progress(bool shown, std::string what);
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    Progress(Progress&&) = delete;
    Progress& operator=(Progress&&) = delete;

private:
    void show();

    std::string m_what;
    std::mutex m_mutex;
    std::condition_variable m_ends;
    bool m_over = false;
    std::thread m_shows; ///< the one who asks the daemon waits for its answer
};

} // namespace envfix::cli
