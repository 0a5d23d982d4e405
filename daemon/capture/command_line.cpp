#include "capture/command_line.hpp"

#include <charconv>

namespace envfix::capture {

namespace {

/// A flag that a variable switches on: not set or empty no, a number from 1 on yes, 0 no,
/// everything else yes. The number may have leading white space and a sign, as for strtol.
bool is_switched_on(std::string_view value)
{
    if (value.empty()) return false;
    const auto begin = value.find_first_not_of(" \t\n\v\f\r");
    auto digits = value.substr(begin == value.npos ? value.size() : begin);
    if (digits.starts_with('+')) digits.remove_prefix(1);
    int number = 0;
    const auto* const end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, number);
    if (error != std::errc{} || stop != end || number < 0) return true;
    return number != 0;
}

/// Walks over the interpreter's own options; stops at what is run.
class OptionReader {
public:
    OptionReader(const PathFacts& facts, StartOptions& out) : m_facts(facts), m_out(out) {}

    void read(const std::vector<std::string>& argv)
    {
        for (std::size_t i = 1; i < argv.size(); ++i) {
            const std::string& word = argv[i];
            if (word.size() < 2 || word.front() != '-') return run_script(word);
            if (word == "--") {
                if (i + 1 < argv.size()) run_script(argv[i + 1]);
                return;
            }
            if (word.starts_with("--")) {
                if (word == "--check-hash-based-pycs") ++i;
                continue;
            }
            if (!letters(std::string_view(word).substr(1), i)) return;
        }
    }

private:
    void run_script(const std::string& word)
    {
        m_out.run = StartOptions::Run::script;
        m_out.script = word;
    }

    /// One word of short options. False where the rest belongs to the program.
    bool letters(std::string_view word, std::size_t& index)
    {
        for (std::size_t at = 0; at < word.size(); ++at) {
            switch (word[at]) {
            case 'c': m_out.run = StartOptions::Run::command; return false;
            case 'm': m_out.run = StartOptions::Run::module; return false;
            case 'W':
            case 'X':
                if (at + 1 == word.size()) ++index; // the value is the next word
                return true;
            case 'E': m_out.use_environment = false; break;
            case 'I': m_out.isolated = true; break;
            case 's': m_out.user_site = false; break;
            case 'S': m_out.import_site = false; break;
            case 'P': m_out.safe_path = m_facts.minor >= 11; break;
            default: break;
            }
        }
        return true;
    }

    const PathFacts& m_facts;
    StartOptions& m_out;
};

} // namespace

std::string_view variable(const Invocation& invocation, const std::string& name)
{
    const auto found = invocation.environment.find(name);
    return found == invocation.environment.end() ? std::string_view{} : found->second;
}

StartOptions start_options(const PathFacts& facts, const Invocation& invocation)
{
    StartOptions options;
    options.platlibdir = facts.platlibdir;
    OptionReader(facts, options).read(invocation.argv);
    if (options.isolated) {
        options.use_environment = false;
        options.user_site = false;
        options.safe_path = true;
    }
    if (!options.use_environment) return options;

    options.python_path = variable(invocation, "PYTHONPATH");
    options.python_home = variable(invocation, "PYTHONHOME");
    if (is_switched_on(variable(invocation, "PYTHONNOUSERSITE"))) options.user_site = false;
    if (facts.minor >= 11 && !variable(invocation, "PYTHONSAFEPATH").empty())
        options.safe_path = true;
    if (const auto dir = variable(invocation, "PYTHONPLATLIBDIR"); facts.minor >= 9 && !dir.empty())
        options.platlibdir = dir;
    return options;
}

} // namespace envfix::capture
