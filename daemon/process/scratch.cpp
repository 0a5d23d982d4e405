#include "process/scratch.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

namespace envfix::process {

Result<Scratch> Scratch::make(const std::string& parent, const std::optional<Identity>& owner)
{
    std::string path = parent + "/scratch-XXXXXX";
    if (::mkdtemp(path.data()) == nullptr) return fail(errno_error("making a folder in " + parent));
    Scratch made(std::move(path));
    if (owner && ::geteuid() == 0 && ::lchown(made.m_path.c_str(), owner->uid, owner->gid) != 0) {
        return fail(errno_error("giving away " + made.m_path));
    }
    return made;
}

Scratch& Scratch::operator=(Scratch&& other) noexcept
{
    Scratch taken(std::move(other));
    std::swap(m_path, taken.m_path);
    return *this;
}

Scratch::~Scratch()
{
    if (m_path.empty()) return;
    std::error_code ignored; // what cannot be removed is an empty name in our own folder
    std::filesystem::remove_all(m_path, ignored);
}

} // namespace envfix::process
