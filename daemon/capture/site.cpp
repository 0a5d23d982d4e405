#include "capture/site.hpp"

#include "capture/pth_lines.hpp"
#include "capture/python_path.hpp"
#include "formats/pth.hpp"
#include "formats/python_text.hpp"
#include "formats/pyvenv_cfg.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>

namespace envfix::capture {

namespace {

constexpr std::size_t k_cfg_cap = 16UL * 1024;
constexpr std::size_t k_pth_cap = 64UL * 1024;

/// Which bytes the interpreter takes in a .pth file; others end it.
enum class PthText : unsigned char { utf8, ascii, any };

PthText pth_text(const PathFacts& facts, const Invocation& invocation)
{
    const auto all = variable(invocation, "LC_ALL");
    std::string_view locale = all;
    for (const char* name : {"LC_CTYPE", "LANG"}) {
        if (locale.empty()) locale = variable(invocation, name);
    }
    if (locale.empty() || locale == "C" || locale == "POSIX") {
        // Python turns the C locale into C.UTF-8, but not against LC_ALL; 3.11 and 3.12 then ask
        // for the locale's own encoding in spite of UTF-8 mode.
        const bool is_kept = !all.empty() && (facts.minor == 11 || facts.minor == 12);
        return is_kept ? PthText::ascii : PthText::utf8;
    }
    const auto dot = locale.find('.');
    if (dot == locale.npos) return PthText::any;
    std::string codeset;
    for (const char c : formats::ascii_lower(locale.substr(dot + 1))) {
        if (c == '@') break;
        if (c != '-') codeset += c;
    }
    return codeset == "utf8" ? PthText::utf8 : PthText::any;
}

bool is_ascii(std::string_view text)
{
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// The file that makes it a venv; empty if there is none.
std::string pyvenv_cfg_of(const View& view, const std::string& executable)
{
    const auto folder = parent_path(executable);
    for (const auto& place : {folder, parent_path(folder)}) {
        auto file = join_path(place, "pyvenv.cfg");
        if (view.is_file(file)) return file;
    }
    return {};
}

class Site {
public:
    Site(const View& view, const PathFacts& facts, const Invocation& invocation,
         const StartOptions& options, const Startup& startup)
        : m_view(view), m_facts(facts), m_invocation(invocation), m_options(options),
          m_rules(formats::PthRules::of(facts.major, facts.minor, facts.micro)),
          m_pth_text(pth_text(facts, invocation))
    {
        m_out.executable = startup.executable;
        m_out.prefix = startup.prefix;
        m_out.exec_prefix = startup.exec_prefix;
        m_out.base_prefix = startup.base_prefix;
        m_out.base_exec_prefix = startup.base_exec_prefix;
        m_out.complete = startup.complete;
        for (const auto& entry : startup.search_path)
            add(entry.path, entry.origin, {});
    }

    SysPath run()
    {
        std::vector<std::string> prefixes{m_out.prefix, m_out.exec_prefix};
        find_venv(prefixes);
        if (!m_out.enable_user_site) m_out.enable_user_site = m_options.user_site;
        find_user_site();
        add_site_folders(prefixes, model::PathOrigin::system_site);
        note_customization("sitecustomize");
        if (*m_out.enable_user_site) note_customization("usercustomize");
        return std::move(m_out);
    }

private:
    /// False where it is there already.
    bool add(const std::string& path, model::PathOrigin origin, const std::string& declared_by)
    {
        auto whole = absolute_path(m_view.cwd(), path);
        if (!m_known.insert(whole).second) return false;
        const bool exists = m_view.exists(whole);
        m_out.entries.push_back({.path = std::move(whole),
                                 .origin = origin,
                                 .declared_by = declared_by,
                                 .exists = exists});
        return true;
    }

    void find_venv(std::vector<std::string>& prefixes)
    {
        const auto executable = absolute_path(m_view.cwd(), m_out.executable);
        const auto file = pyvenv_cfg_of(m_view, executable);
        if (file.empty()) return;
        const auto text = m_view.read(file, k_cfg_cap);
        if (!text) {
            m_out.unreadable.push_back({.path = file, .reason = text.error().message});
            return;
        }
        const auto cfg = formats::parse_pyvenv_cfg(*text);
        if (cfg.not_utf8) return fail(file, " is not UTF-8");

        const std::vector<std::string> base = prefixes;
        // From 3.14 on the start-up code has set the prefix, where it found a home.
        if (m_facts.minor < 14)
            m_out.prefix = m_out.exec_prefix = parent_path(parent_path(executable));
        add_site_folders({m_out.prefix}, model::PathOrigin::venv_site);
        if (cfg.include_system_site_packages().value_or(true)) {
            prefixes = {m_out.prefix, m_out.exec_prefix};
            prefixes.insert(prefixes.end(), base.begin(), base.end());
            prefixes.push_back(m_out.base_prefix);
            prefixes.push_back(m_out.base_exec_prefix);
        } else {
            prefixes = {m_out.prefix};
            m_out.enable_user_site = false;
        }
    }

    void find_user_site()
    {
        std::string base(variable(m_invocation, "PYTHONUSERBASE"));
        if (base.empty()) {
            const auto home = m_invocation.environment.find("HOME");
            base = home == m_invocation.environment.end() ? m_invocation.home : home->second;
            base.erase(base.find_last_not_of('/') + 1);
            base += "/.local";
        }
        m_out.user_site = base + "/" + library_folder(m_facts, "lib") + "/site-packages";
        if (*m_out.enable_user_site && m_view.is_directory(*m_out.user_site))
            add_site_folder(*m_out.user_site, model::PathOrigin::user_site);
    }

    /// site.getsitepackages for one prefix.
    [[nodiscard]] std::vector<std::string> site_folders(const std::string& prefix) const
    {
        std::vector<std::string> libraries{m_options.platlibdir};
        if (m_options.platlibdir != "lib") libraries.emplace_back("lib");
        if (m_facts.minor < 9) libraries = {"lib"};
        std::vector<std::string> folders;
        if (!m_facts.debian) {
            for (const auto& library : libraries)
                folders.push_back(library_folder(m_facts, library) + "/site-packages");
        } else {
            // bullseye asked for the variable, later releases only for what is true.
            const bool is_venv =
                m_out.base_prefix != m_out.prefix ||
                (m_facts.minor <= 9 && m_invocation.environment.contains("VIRTUAL_ENV"));
            if (is_venv) folders.push_back(library_folder(m_facts, "lib") + "/site-packages");
            folders.push_back(library_folder(m_facts, "local/lib") + "/dist-packages");
            folders.emplace_back("lib/python3/dist-packages");
            for (const auto& library : libraries) {
                if (!m_facts.pypy)
                    folders.push_back(library_folder(m_facts, library) + "/dist-packages");
            }
        }
        for (auto& folder : folders)
            folder = join_path(prefix, folder);
        return folders;
    }

    void add_site_folders(const std::vector<std::string>& prefixes, model::PathOrigin origin)
    {
        std::set<std::string> seen;
        for (const auto& prefix : prefixes) {
            if (prefix.empty() || !seen.insert(prefix).second) continue;
            for (const auto& folder : site_folders(prefix)) {
                if (m_view.is_directory(folder)) add_site_folder(folder, origin);
            }
        }
    }

    /// site.addsitedir: the folder, and what its .pth files say.
    void add_site_folder(const std::string& folder, model::PathOrigin origin)
    {
        const auto whole = absolute_path(m_view.cwd(), folder);
        add(whole, origin, {});
        // A second time the .pth files would add nothing new; only import lines would run again.
        if (!m_processed.insert(whole).second) return;
        const auto directory = m_view.tree().directory(whole);
        if (!directory) {
            m_out.unreadable.push_back({.path = whole, .reason = directory.error().message});
            return;
        }
        const auto entries = directory->list();
        if (!entries) {
            m_out.unreadable.push_back({.path = whole, .reason = entries.error().message});
            return;
        }
        for (const auto& entry : *entries) {
            if (!entry.name.ends_with(".pth")) continue;
            if (entry.name.starts_with('.') && !m_rules.hidden_files) continue;
            // Files whose name says that they are read, but which are none, Python leaves out too.
            if (entry.type == fs::FileType::directory) continue;
            read_pth(*directory, entry.name, has_start_file(*entries, entry.name));
            if (!m_out.fatal.empty()) return;
        }
        if (m_rules.import_lines_last) note_start_files(*directory, *entries);
    }

    /// PEP 829: beside a `name.start`, the import lines of `name.pth` do not run.
    [[nodiscard]] bool has_start_file(const std::vector<fs::Entry>& entries,
                                      const std::string& pth) const
    {
        if (!m_rules.import_lines_last) return false;
        const auto start = pth.substr(0, pth.size() - 4) + ".start";
        return std::any_of(entries.begin(), entries.end(), [&start](const fs::Entry& entry) {
            return entry.name == start && entry.type != fs::FileType::directory;
        });
    }

    void read_pth(const fs::Directory& directory, const std::string& name, bool imports_are_off)
    {
        const auto file = join_path(directory.path(), name);
        const auto text = directory.read(name, k_pth_cap);
        if (!text) {
            m_out.unreadable.push_back({.path = file, .reason = text.error().message});
            return;
        }
        const auto parsed = formats::parse_pth(*text, m_rules);
        if (parsed.not_utf8 && m_pth_text != PthText::any) return fail(file, " is not UTF-8");
        if (m_pth_text == PthText::ascii && !is_ascii(*text)) return fail(file, " is not ASCII");
        PthLines lines(m_out, file);
        for (const auto& line : parsed.lines) {
            if (line.kind == formats::PthKind::import && !imports_are_off) {
                lines.execute(line);
            } else if (line.kind == formats::PthKind::path) {
                const auto path =
                    absolute_path(m_view.cwd(), join_path(directory.path(), line.text));
                if (!m_known.contains(path) && m_view.exists(path))
                    add(path, model::PathOrigin::pth, file);
            }
        }
    }

    void note_start_files(const fs::Directory& directory, const std::vector<fs::Entry>& entries)
    {
        for (const auto& entry : entries) {
            if (!entry.name.ends_with(".start") || entry.name.starts_with('.')) continue;
            const auto text = directory.read(entry.name, k_pth_cap);
            if (!text) continue;
            const auto file = join_path(directory.path(), entry.name);
            for (auto& line : formats::parse_pth(*text, m_rules).lines) {
                if (line.kind == formats::PthKind::path || line.kind == formats::PthKind::import)
                    m_out.executed.push_back({file, line.number, std::move(line.text)});
            }
        }
    }

    /// A module that site imports at the end, if there is one, and that may do anything. Debian's
    /// own only installs a handler for crashes.
    void note_customization(const std::string& module)
    {
        for (const auto& entry : m_out.entries) {
            if (!entry.exists) continue;
            for (const char* form : {"/__init__.py", ".py", ".pyc"}) {
                const auto file = join_path(entry.path, module + form);
                if (!m_view.is_file(file)) continue;
                const auto text = m_view.read(file, k_pth_cap);
                const bool is_harmless =
                    text && text->find("path") == text->npos && text->find("site.") == text->npos;
                if (!is_harmless) m_out.executed.push_back({.file = file, .text = module});
                return;
            }
        }
    }

    void fail(const std::string& file, const char* why) { m_out.fatal = file + why; }

    const View& m_view;
    const PathFacts& m_facts;
    const Invocation& m_invocation;
    const StartOptions& m_options;
    formats::PthRules m_rules;
    PthText m_pth_text;
    std::set<std::string> m_known;
    std::set<std::string> m_processed;
    SysPath m_out;
};

} // namespace

std::optional<std::string> venv_prefix_of(const View& view, const std::string& executable)
{
    const auto whole = absolute_path(view.cwd(), executable);
    if (pyvenv_cfg_of(view, whole).empty()) return std::nullopt;
    return parent_path(parent_path(whole));
}

SysPath run_site(const View& view, const PathFacts& facts, const Invocation& invocation,
                 const StartOptions& options, const Startup& startup)
{
    return Site(view, facts, invocation, options, startup).run();
}

} // namespace envfix::capture
