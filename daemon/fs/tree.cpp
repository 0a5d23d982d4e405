#include "fs/tree.hpp"

#include "fs/open_checked.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <map>
#include <optional>

namespace envfix::fs {

namespace {

Result<bool> check_absolute(const std::string& path)
{
    if (path.empty() || path.front() != '/')
        return fail(ErrorCode::malformed, "not an absolute path: '" + path + "'");
    if (path.find('\0') != path.npos) return fail(ErrorCode::malformed, "a path with a zero byte");
    return true;
}

Result<Status> status_of(int root, const std::string& path, bool follow)
{
    ENVFIX_TRY([[maybe_unused]] const bool absolute, check_absolute(path));

    struct stat found {};

    if (root < 0) {
        if (::fstatat(AT_FDCWD, path.c_str(), &found, follow ? 0 : AT_SYMLINK_NOFOLLOW) != 0)
            return fail(open_error(path, errno));
        return to_status(found);
    }
    const UniqueFd fd =
        open_path({.root = root}, path, O_PATH, follow ? Links::follow : Links::follow_but_last);
    if (!fd || ::fstat(fd.get(), &found) != 0) return fail(open_error(path, errno));
    return to_status(found);
}

Result<std::string> link_of(int root, const std::string& path)
{
    ENVFIX_TRY([[maybe_unused]] const bool absolute, check_absolute(path));
    std::array<char, PATH_MAX> target;
    ssize_t length = -1;
    if (root < 0) {
        length = ::readlink(path.c_str(), target.data(), target.size());
    } else {
        const UniqueFd fd = open_path({.root = root}, path, O_PATH, Links::follow_but_last);
        if (!fd) return fail(open_error(path, errno));
        length = ::readlinkat(fd.get(), "", target.data(), target.size());
        if (length < 0 && errno == ENOENT)
            errno = EINVAL; // so says readlinkat("") for what is no link
    }
    if (length < 0 && errno == EINVAL)
        return fail(ErrorCode::malformed, "reading " + path + ": not a link");
    if (length < 0) return fail(open_error(path, errno));
    return std::string(target.data(), static_cast<std::size_t>(length));
}

/// The path of an open file, from /proc: five calls where a walk takes three for each folder. Nothing where that is not the path
/// by which the file is found now: it was deleted, lies outside of our root, or there is no /proc.
std::optional<std::string> path_as_kernel_says(int fd)
{
    std::array<char, PATH_MAX> text;
    const auto self = "/proc/self/fd/" + std::to_string(fd);
    const auto length = ::readlink(self.c_str(), text.data(), text.size());
    if (length <= 0 || static_cast<std::size_t>(length) == text.size() || text.front() != '/') return std::nullopt;
    std::string path(text.data(), static_cast<std::size_t>(length));

    struct stat open {};

    struct stat found {};

    if (::fstat(fd, &open) != 0 || ::fstatat(AT_FDCWD, path.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0) return std::nullopt;
    if (open.st_dev != found.st_dev || open.st_ino != found.st_ino) return std::nullopt;
    return path;
}

} // namespace

/// What a still tree has told. A look that asks for more than this asks again.
struct Tree::Seen {
    template <typename Value> using Answers = std::map<std::string, Result<Value>>;

    Answers<Status> followed;
    Answers<Status> itself;
    Answers<std::string> links;
    Answers<std::string> texts; ///< of short files

    template <typename Value, typename Ask>
    static Result<Value> once(Answers<Value>& answers, const std::string& path, Ask ask)
    {
        constexpr std::size_t k_most = 4096;
        const auto at = answers.lower_bound(path);
        if (at != answers.end() && at->first == path) return at->second;
        auto answer = ask();
        if (answers.size() < k_most) answers.emplace_hint(at, path, answer);
        return answer;
    }
};

void Tree::Forget::operator()(Seen* seen) const
{
    delete seen;
}

Tree Tree::still() const
{
    Tree tree(UniqueFd{}, m_root_path, m_reader);
    tree.m_root = m_root;
    tree.m_seen.reset(new Seen);
    tree.m_witness = m_witness;
    return tree;
}

Tree Tree::seen_by(Witness& witness) const
{
    Tree tree(UniqueFd{}, m_root_path, m_reader);
    tree.m_root = m_root;
    if (is_system()) {
        tree.m_witness = &witness;
    } else {
        witness.spoil();
    }
    return tree;
}

Result<Tree> Tree::open(const std::string& root, Reader reader)
{
    ENVFIX_TRY([[maybe_unused]] const bool absolute, check_absolute(root));
    if (root.find_first_not_of('/') == root.npos) return Tree(UniqueFd{}, "/", reader);
    UniqueFd fd(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!fd) return fail(errno_error("opening " + root));
    return Tree(std::move(fd), root, reader);
}

Result<File> Tree::open_file(const std::string& path) const
{
    ENVFIX_TRY([[maybe_unused]] const bool absolute, check_absolute(path));
    return open_regular({.root = m_root}, path, path, m_reader, m_witness);
}

Result<std::string> Tree::read(const std::string& path, std::size_t cap) const
{
    constexpr std::size_t k_short = 4096;
    if (m_seen) {
        const auto known = m_seen->texts.find(path);
        if (known != m_seen->texts.end() && known->second->size() <= cap) return known->second;
    }
    ENVFIX_TRY(const auto file, open_file(path));
    auto text = file.read_all(cap);
    if (m_seen && text && text->size() <= k_short) m_seen->texts.emplace(path, text);
    return text;
}

Result<Directory> Tree::directory(const std::string& path) const
{
    ENVFIX_TRY([[maybe_unused]] const bool absolute, check_absolute(path));
    return open_directory({.root = m_root}, path, path, m_reader, Links::follow, m_witness);
}

Result<std::vector<Entry>> Tree::list(const std::string& path, std::size_t limit) const
{
    ENVFIX_TRY(const auto found, directory(path));
    return found.list(limit);
}

Result<Status> Tree::told_status(const std::string& path, bool follow) const
{
    auto answer = status_of(m_root, path, follow);
    if (m_witness != nullptr) {
        m_witness->saw({.path = path, .kind = follow ? Question::Kind::stat : Question::Kind::lstat}, answer);
    }
    return answer;
}

Result<Status> Tree::stat(const std::string& path) const
{
    const auto ask = [&] { return told_status(path, true); };
    return m_seen ? Seen::once(m_seen->followed, path, ask) : ask();
}

Result<Status> Tree::lstat(const std::string& path) const
{
    const auto ask = [&] { return told_status(path, false); };
    return m_seen ? Seen::once(m_seen->itself, path, ask) : ask();
}

Result<std::string> Tree::read_link(const std::string& path) const
{
    const auto ask = [&] {
        if (m_witness != nullptr) m_witness->saw({.path = path, .kind = Question::Kind::lstat}, status_of(m_root, path, false));
        return link_of(m_root, path);
    };
    return m_seen ? Seen::once(m_seen->links, path, ask) : ask();
}

Result<std::string> Tree::real_path(const std::string& path) const
{
    auto real = found_real_path(path);
    if (m_witness != nullptr) {
        if (real) {
            m_witness->saw({.path = path, .kind = Question::Kind::real_path}, Answer{.status = {}, .text = *real});
        } else {
            m_witness->spoil();
        }
    }
    return real;
}

Result<std::string> Tree::found_real_path(const std::string& path) const
{
    ENVFIX_TRY([[maybe_unused]] const bool absolute, check_absolute(path));
    if (is_system()) {
        const UniqueFd fd = open_path({}, path, O_PATH, Links::follow);
        if (auto known = fd ? path_as_kernel_says(fd.get()) : std::nullopt) return *std::move(known);
    }
    std::string real;
    const UniqueFd fd = open_by_steps({.root = m_root}, path, O_PATH, Links::follow, &real);
    if (!fd) return fail(open_error(path, errno));
    return real;
}

bool Tree::exists(const std::string& path) const
{
    return stat(path).has_value();
}

bool Tree::is_directory(const std::string& path) const
{
    const auto found = stat(path);
    return found && found->is_directory();
}

} // namespace envfix::fs
