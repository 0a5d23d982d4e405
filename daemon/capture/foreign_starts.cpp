#include "capture/foreign_starts.hpp"

#include "capture/local_modules.hpp"
#include "capture/python_path.hpp"
#include "formats/python_text.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>

namespace envfix::capture {

namespace {

constexpr std::size_t k_program_cap = 64UL * 1024;
constexpr std::size_t k_command_cap = 64UL * 1024;
constexpr std::size_t k_most_commands = 500;
constexpr std::size_t k_most_scripts = 64;
constexpr std::size_t k_most_found = 100;
constexpr std::size_t k_most_interpreters = 4;

bool is_python(std::string_view path)
{
    const auto name = last_name(path);
    return path.starts_with('/') && (name.starts_with("python") || name.starts_with("pypy"));
}

/// The interpreter that the first line names; pip and distlib write a long path, or one with
/// blanks, into the second line of a shell script: `'''exec' "/a b/bin/python" "$0" "$@"`.
std::string interpreter_of(std::string_view text)
{
    formats::Lines lines(text);
    std::string_view line;
    if (!lines.next(line) || !line.starts_with("#!")) return {};
    auto words = formats::strip(line.substr(2));
    const auto program = words.substr(0, words.find_first_of(" \t"));
    if (program != "/bin/sh") return std::string(program);
    constexpr std::string_view k_exec = "'''exec' ";
    if (!lines.next(line) || !line.starts_with(k_exec)) return {};
    line.remove_prefix(k_exec.size());
    const bool quoted = line.starts_with('"');
    if (quoted) line.remove_prefix(1);
    return std::string(line.substr(0, line.find(quoted ? '"' : ' ')));
}

class Starts {
public:
    Starts(Looked& looked, const model::Environment& environment, const Lacking& lacking)
        : m_looked(looked), m_lacking(lacking)
    {
        const bool has_bin = environment.kind == model::EnvironmentKind::venv ||
                             environment.kind == model::EnvironmentKind::pipx;
        m_bin = has_bin ? environment.path + "/bin" : parent_path(environment.executable);
    }

    void add(model::ForeignStart::Kind kind, const std::string& path, std::size_t line,
             const std::string& interpreter)
    {
        if (!is_python(interpreter) || is_own(interpreter) || m_out.size() == k_most_found) return;
        const auto* known = about(interpreter);
        if (known == nullptr) return;
        m_out.push_back({.kind = kind,
                         .path = path,
                         .line = line,
                         .interpreter = interpreter,
                         .exists = known->exists,
                         .lacks = known->lacks});
    }

    [[nodiscard]] const std::string& bin() const { return m_bin; }

    std::vector<model::ForeignStart> take() { return std::move(m_out); }

private:
    struct Known {
        bool exists = false;
        std::vector<std::string> lacks;
    };

    /// Whether it is one of the environment's names: in its bin, whatever links lead there.
    [[nodiscard]] bool is_own(const std::string& interpreter)
    {
        const auto folder = parent_path(normal_path(interpreter));
        if (folder == m_bin) return true;
        if (m_real_bin.empty()) m_real_bin = m_looked.tree().real_path(m_bin).value_or(m_bin);
        if (folder == m_real_bin) return true;
        const auto real = m_looked.tree().real_path(folder);
        return real && *real == m_real_bin;
    }

    const Known* about(const std::string& interpreter)
    {
        const auto found = m_known.find(interpreter);
        if (found != m_known.end()) return &found->second;
        if (m_known.size() == k_most_interpreters) return nullptr;
        Known known{.exists = m_looked.tree().exists(interpreter)};
        if (known.exists) known.lacks = m_lacking(interpreter);
        return &m_known.emplace(interpreter, std::move(known)).first->second;
    }

    Looked& m_looked;
    const Lacking& m_lacking;
    std::string m_bin;
    std::string m_real_bin; ///< empty: not asked for yet
    std::map<std::string, Known> m_known;
    std::vector<model::ForeignStart> m_out;
};

void add_commands(Looked& looked, Starts& starts)
{
    const auto entries = looked.list(starts.bin(), k_most_commands);
    if (!entries) return;
    for (const auto& entry : *entries) {
        if (entry.type != fs::FileType::regular) continue;
        const auto path = starts.bin() + "/" + entry.name;
        const auto file = looked.tree().open_file(path);
        // Commands that installers write are short; an interpreter's copy is not read.
        if (!file || file->status().size > k_command_cap || !file->status().is_executable())
            continue;
        constexpr std::size_t k_two_lines = 4096;
        if (const auto text = file->read_at(0, k_two_lines)) {
            starts.add(model::ForeignStart::Kind::command, path, 1, interpreter_of(*text));
        }
    }
}

void add_scripts(Looked& looked, const std::vector<ProjectFolder>& folders,
                 const std::vector<std::string>& modules, Starts& starts)
{
    std::size_t read = 0;
    for (const auto& folder : folders) {
        if (folder.depth > 1) continue;
        for (const auto& entry : folder.entries) {
            if (!entry.name.ends_with(".py") || entry.type != fs::FileType::regular) continue;
            if (++read > k_most_scripts) return;
            const auto path = folder.path + "/" + entry.name;
            const auto text = looked.tree().read(path, k_program_cap);
            if (!text || !text->starts_with("#!")) continue;
            const auto program = read_program_text(*text, modules);
            if (!program.imports.empty())
                starts.add(model::ForeignStart::Kind::script, path, 1, program.shebang);
        }
    }
}

void add_units(const UserSettings& user, const model::Environment& environment, Starts& starts)
{
    for (const auto& unit : user.units) {
        if (!is_of_project(unit, environment)) continue;
        for (const auto& command : unit.unit.commands) {
            // Only a Python program: `python3 -m http.server` says nothing of what it imports.
            const bool runs_script = command.words.size() > 1 && command.words[1].ends_with(".py");
            if (runs_script)
                starts.add(model::ForeignStart::Kind::unit, unit.path, command.line,
                           command.words.front());
        }
    }
}

} // namespace

std::vector<model::ForeignStart>
find_foreign_starts(Looked& looked, const std::vector<ProjectFolder>& folders,
                    const UserSettings& user, const model::Environment& environment,
                    const model::Chain& chain, const Lacking& lacking)
{
    Starts starts(looked, environment, lacking);
    const bool has_bin = environment.kind == model::EnvironmentKind::venv ||
                         environment.kind == model::EnvironmentKind::pipx;
    if (has_bin) add_commands(looked, starts);
    if (!environment.project.empty() && has_bin) {
        add_scripts(looked, folders, top_modules(chain), starts);
        add_units(user, environment, starts);
    }
    return starts.take();
}

} // namespace envfix::capture
