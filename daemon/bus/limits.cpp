#include "bus/limits.hpp"

namespace envfix::bus {

namespace {

bool has_parent_step(std::string_view path)
{
    while (!path.empty()) {
        const auto slash = path.find('/');
        if (path.substr(0, slash) == "..") return true;
        if (slash == std::string_view::npos) return false;
        path.remove_prefix(slash + 1);
    }
    return false;
}

Result<void> absolute_path(const std::string& path)
{
    if (path.size() > k_longest_text) return fail(ErrorCode::too_large, "a path has at most 4 KiB");
    if (!path.starts_with('/')) return fail(ErrorCode::malformed, "not an absolute path: " + path);
    if (has_parent_step(path)) return fail(ErrorCode::malformed, "a path with \"..\" is not taken: " + path);
    return {};
}

} // namespace

Result<std::string> short_text(const std::string& text, std::string_view what)
{
    if (text.empty()) return fail(ErrorCode::malformed, "no " + std::string{what} + " is named");
    if (text.size() > k_longest_text) return fail(ErrorCode::too_large, std::string{what} + ": at most 4 KiB");
    return text;
}

Result<std::string> environment_named(const std::string& env)
{
    if (env.starts_with('/')) return absolute_path(env).map([&] { return env; });
    return short_text(env, "environment");
}

Result<std::string> environment_or_all(const std::string& env)
{
    return env.empty() ? Result<std::string>{env} : environment_named(env);
}

Result<void> absolute_paths(const std::vector<std::string>& paths)
{
    if (paths.empty()) return fail(ErrorCode::malformed, "no path is named");
    if (paths.size() > k_longest_list) return fail(ErrorCode::too_large, "at most 256 paths at once");
    for (const auto& path : paths) {
        auto checked = absolute_path(path);
        if (!checked) return checked;
    }
    return {};
}

Result<void> packages_listed(std::size_t count)
{
    if (count == 0) return fail(ErrorCode::malformed, "no package is named");
    if (count > k_most_packages) return fail(ErrorCode::too_large, "at most 64 packages at once");
    return {};
}

Result<void> program_and_lists(const std::string& program, std::initializer_list<std::string_view> lists)
{
    for (const auto list : lists) {
        if (list.size() > k_longest_variable) return fail(ErrorCode::too_large, "a list of folders has at most 64 KiB");
    }
    return program.empty() ? Result<void>{} : absolute_path(program);
}

} // namespace envfix::bus
