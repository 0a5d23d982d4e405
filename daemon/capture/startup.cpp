#include "capture/startup.hpp"

namespace envfix::capture {

std::string library_folder(const PathFacts& facts, const std::string& platlibdir)
{
    return platlibdir + "/python" + std::to_string(facts.major) + "." +
           std::to_string(facts.minor) + (facts.free_threaded ? "t" : "");
}

std::string library_zip(const PathFacts& facts, const std::string& platlibdir)
{
    return platlibdir + "/python" + std::to_string(facts.major) + std::to_string(facts.minor) +
           (facts.free_threaded ? "t" : "") + ".zip";
}

std::string program_name(const Invocation& invocation)
{
    if (invocation.argv.empty() || invocation.argv.front().empty()) return "python3";
    return invocation.argv.front();
}

std::vector<std::string> split_colons(std::string_view text)
{
    std::vector<std::string> pieces;
    if (text.empty()) return pieces;
    for (;;) {
        const auto end = text.find(':');
        pieces.emplace_back(text.substr(0, end));
        if (end == text.npos) return pieces;
        text.remove_prefix(end + 1);
    }
}

} // namespace envfix::capture
