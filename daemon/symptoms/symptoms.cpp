#include "symptoms/symptoms.hpp"

#include "causes/causes.hpp"
#include "symptoms/frames.hpp"
#include "symptoms/lines.hpp"
#include "symptoms/patterns.hpp"

#include <re2/set.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

namespace envfix::symptoms {

namespace {

constexpr std::size_t k_most_causes = 5;
constexpr std::size_t k_longest_text = 500;
constexpr std::size_t k_longest_word = 200;

enum class Role : std::uint8_t { match, except, with, unless };

/// Where a pattern of the automaton belongs to.
struct Use {
    std::size_t symptom = 0;
    Role role = Role::match;
    std::size_t index = 0; ///< in the symptom's list
};

/// The first line that shows a symptom.
struct Hit {
    Line line;
    std::size_t pattern = 0; ///< in `match`
};

/// What one pass over the text found.
struct Seen {
    std::vector<bool> patterns;            ///< of the automaton: somewhere in the text
    std::vector<std::optional<Hit>> hits;  ///< of each symptom
    Frames frames;
    std::string_view text; ///< all of it, for the patterns that hold what another found
};

/// Causes before outcomes of the same certainty, and a failure of another environment before none at all: a text that shows a
/// broken import is not about the refused connection that it also tells of. Two equally good ones: what came first.
int weight(const Symptom& symptom)
{
    const int confidence = static_cast<int>(symptom.confidence);
    if (causes::is_finding(symptom.code)) return 12 + 10 * confidence;
    if (symptom.code == "other-environment") return 9 + 10 * confidence;
    if (symptom.code == "not-environment") return 5 + 8 * confidence;
    return 10 * confidence;
}

/// The weight of a finding that is possible; what is heavier need not be weighed against guesses.
constexpr int k_heaviest_guess = 12;

/// Of two symptoms in one line the one that asks for more knows more.
std::size_t conditions(const Symptom& symptom)
{
    return symptom.with.size() + symptom.frames.size();
}

/// Whether what a pasted text puts into a sentence or a command may stand there: a name, a version or a path, nothing that a
/// shell would take for more.
bool is_tame(std::string_view word)
{
    return !word.empty() && word.size() <= k_longest_word && word.front() != '-' &&
           std::ranges::all_of(word, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      std::string_view("._-+/:~@").find(c) != std::string_view::npos;
           });
}

using Words = std::map<std::string, std::string, std::less<>>;

/// What the named groups of the pattern found in the line.
Words words_of(const std::string& pattern, const std::string& line)
{
    Words words;
    const RE2 compiled(pattern, pattern_options());
    if (!compiled.ok() || compiled.NumberOfCapturingGroups() == 0) return words;
    std::vector<re2::StringPiece> groups(static_cast<std::size_t>(compiled.NumberOfCapturingGroups()) + 1);
    if (!compiled.Match(line, 0, line.size(), RE2::UNANCHORED, groups.data(), static_cast<int>(groups.size()))) return words;
    for (const auto& [name, number] : compiled.NamedCapturingGroups()) {
        const auto& group = groups.at(static_cast<std::size_t>(number));
        const std::string_view word(group.data(), group.size());
        if (is_tame(word)) words.insert_or_assign(name, std::string(word));
    }
    return words;
}

/// The sentence with "{name}" replaced; nothing where one of its names was not found.
std::optional<std::string> filled(std::string_view sentence, const Words& words)
{
    std::string out;
    while (!sentence.empty()) {
        const auto open = sentence.find('{');
        out += sentence.substr(0, open);
        if (open == std::string_view::npos) break;
        const auto close = sentence.find('}', open);
        if (close == std::string_view::npos) return std::nullopt;
        const auto word = words.find(sentence.substr(open + 1, close - open - 1));
        if (word == words.end()) return std::nullopt;
        out += word->second;
        sentence.remove_prefix(close + 1);
    }
    return out;
}

/// A pattern with the words that another one found in the place of "{name}". Of a project's name "-", "_" and "." are the same.
std::optional<std::string> filled_pattern(std::string_view pattern, const Words& words)
{
    Words quoted;
    for (const auto& [name, word] : words) {
        std::string any;
        for (const char c : word) {
            if (c == '-' || c == '_' || c == '.') {
                any += "[-_.]";
            } else {
                any += RE2::QuoteMeta(std::string(1, c));
            }
        }
        quoted.insert_or_assign(name, std::move(any));
    }
    return filled(pattern, quoted);
}

/// Whether a pattern names what another pattern found: "{name}". The braces of a repetition hold digits.
bool holds_words(std::string_view pattern)
{
    const auto open = pattern.find('{');
    return open != std::string_view::npos && open + 1 < pattern.size() && pattern[open + 1] >= 'a' && pattern[open + 1] <= 'z';
}

bool is_in_text(const std::string& pattern, std::string_view text)
{
    const RE2 compiled(pattern, pattern_options());
    if (!compiled.ok()) return false;
    LineReader reader(text);
    Line line;
    while (reader.next(line)) {
        if (RE2::PartialMatch(line.text, compiled)) return true;
    }
    return false;
}

/// The end of a cut UTF-8 character would not be shown.
std::string shortened(std::string_view text)
{
    if (text.size() <= k_longest_text) return std::string(text);
    auto end = k_longest_text;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
    return std::string(text.substr(0, end));
}

void add_lines(std::vector<std::string>& out, std::string_view commands)
{
    while (!commands.empty()) {
        const auto end = commands.find('\n');
        out.push_back("Run: " + std::string(commands.substr(0, end)));
        if (end == std::string_view::npos) break;
        commands.remove_prefix(end + 1);
    }
}

model::Cause told(const Symptom& symptom, const Hit& hit)
{
    const auto words = words_of(symptom.match.at(hit.pattern), hit.line.text);
    model::Cause cause{.code = symptom.code,
                       .confidence = std::string(name_of(symptom.confidence)),
                       .line = hit.line.number,
                       .text = shortened(hit.line.text)};
    if (const auto says = filled(symptom.says, words); says && !says->empty()) cause.explanation = *says + " ";
    for (const auto& remedy : symptom.remedies) {
        if (auto sentence = filled(remedy, words)) cause.remedies.push_back(*std::move(sentence));
    }
    const auto* entry = causes::find(symptom.code);
    if (entry == nullptr) return cause;
    cause.explanation += entry->what;
    if (symptom.code == "unknown") add_lines(cause.remedies, entry->look);
    cause.remedies.emplace_back(entry->fix);
    return cause;
}

model::Cause nothing_known()
{
    model::Cause cause{.code = "unknown", .confidence = "likely"};
    if (const auto* entry = causes::find(cause.code)) {
        cause.explanation = entry->what;
        add_lines(cause.remedies, entry->look);
        cause.remedies.emplace_back(entry->fix);
    }
    return cause;
}

/// All patterns of some symptoms as one automaton: each line is read once, however many they are.
class Automaton {
public:
    void add(const Symptom& symptom, std::size_t number)
    {
        add(symptom.match, number, Role::match);
        add(symptom.except, number, Role::except);
        add(symptom.with, number, Role::with);
        add(symptom.unless, number, Role::unless);
        m_symptoms.push_back(number);
    }

    void compile() { m_set.Compile(); }

    /// The symptoms that stand in this text.
    std::vector<std::size_t> read(const std::vector<Symptom>& symptoms, Seen& seen, bool frames) const
    {
        seen.patterns.assign(m_patterns.size(), false);
        std::vector<std::size_t> shown;
        if (m_patterns.empty()) return shown;
        LineReader reader(seen.text);
        Line line;
        WrappedMessage wrapped;
        std::vector<int> found;
        const auto look_at = [&](const Line& one) {
            find(one.text, found);
            if (!found.empty()) note(one, found, seen);
        };
        while (reader.next(line)) {
            if (frames) seen.frames.see(line.text);
            look_at(line);
            if (wrapped.add(line)) look_at(wrapped.whole());
        }
        std::ranges::copy_if(m_symptoms, std::back_inserter(shown),
                             [&](std::size_t number) { return stands(symptoms.at(number), number, seen); });
        return shown;
    }

private:
    std::vector<std::size_t> m_symptoms;
    std::vector<std::vector<Use>> m_uses; ///< of each pattern
    std::vector<std::string> m_patterns;  ///< each once
    std::map<std::string, std::size_t, std::less<>> m_numbers;
    RE2::Set m_set{pattern_options(), RE2::UNANCHORED};

    void add(const std::vector<std::string>& list, std::size_t symptom, Role role)
    {
        for (std::size_t i = 0; i < list.size(); ++i) {
            if (holds_words(list[i])) continue; // looked for when its words are known
            const auto [at, added] = m_numbers.try_emplace(list[i], m_patterns.size());
            if (added) {
                m_set.Add(list[i], nullptr); // read by is_pattern() already
                m_patterns.push_back(list[i]);
                m_uses.emplace_back();
            }
            m_uses.at(at->second).push_back({symptom, role, i});
        }
    }

    /// The numbers of the patterns in this line.
    void find(const std::string& line, std::vector<int>& found) const
    {
        found.clear();
        RE2::Set::ErrorInfo error{};
        if (m_set.Match(line, &found, &error) || error.kind != RE2::Set::kOutOfMemory) return;
        // The automaton would not fit into its memory: one after the other needs little.
        for (std::size_t i = 0; i < m_patterns.size(); ++i) {
            if (RE2::PartialMatch(line, RE2(m_patterns[i], pattern_options()))) found.push_back(static_cast<int>(i));
        }
    }

    void note(const Line& line, const std::vector<int>& found, Seen& seen) const
    {
        for (const auto number : found) {
            seen.patterns.at(static_cast<std::size_t>(number)) = true;
        }
        const auto excepted = [&](std::size_t symptom) {
            return std::ranges::any_of(found, [&](int number) {
                return std::ranges::any_of(m_uses.at(static_cast<std::size_t>(number)), [&](const Use& use) {
                    return use.symptom == symptom && use.role == Role::except;
                });
            });
        };
        for (const auto number : found) {
            for (const auto& use : m_uses.at(static_cast<std::size_t>(number))) {
                auto& hit = seen.hits.at(use.symptom);
                if (use.role != Role::match || hit || excepted(use.symptom)) continue;
                hit = Hit{line, use.index};
            }
        }
    }

    [[nodiscard]] bool stands(const Symptom& symptom, std::size_t number, const Seen& seen) const
    {
        const auto& hit = seen.hits.at(number);
        if (!hit) return false;
        const auto in_text = [&](const std::string& pattern) {
            if (!holds_words(pattern)) return bool{seen.patterns.at(m_numbers.at(pattern))};
            const auto words = words_of(symptom.match.at(hit->pattern), hit->line.text);
            const auto whole = filled_pattern(pattern, words);
            return whole && is_in_text(*whole, seen.text);
        };
        return std::ranges::all_of(symptom.frames, [&](FrameFact fact) { return seen.frames.holds(fact); }) &&
               std::ranges::all_of(symptom.with, in_text) && std::ranges::none_of(symptom.unless, in_text);
    }
};

} // namespace

struct Diagnosis::Compiled {
    std::vector<Symptom> symptoms;
    std::vector<model::PolicyProblem> problems;
    Automaton messages; ///< of the symptoms that are likely or certain
    mutable std::once_flag guesses_made;
    mutable Automaton guesses; ///< of those that are possible

    /// What people tell in words takes patterns that are dear to compile; most texts show a message and need none of them.
    const Automaton& the_guesses() const
    {
        std::call_once(guesses_made, [this] {
            for (std::size_t i = 0; i < symptoms.size(); ++i) {
                if (symptoms[i].confidence == Confidence::possible) guesses.add(symptoms[i], i);
            }
            guesses.compile();
        });
        return guesses;
    }
};

Diagnosis::Diagnosis(std::span<const Source> files) : m_compiled(std::make_unique<Compiled>())
{
    auto& compiled = *m_compiled;
    for (const auto& file : files) {
        auto parsed = parse_symptoms(file.content, file.path);
        if (parsed) {
            std::ranges::move(*parsed, std::back_inserter(compiled.symptoms));
        } else {
            compiled.problems.insert(compiled.problems.end(), parsed.error().begin(), parsed.error().end());
        }
    }
    for (std::size_t i = 0; i < compiled.symptoms.size(); ++i) {
        if (compiled.symptoms[i].confidence != Confidence::possible) compiled.messages.add(compiled.symptoms[i], i);
    }
    compiled.messages.compile();
}

Diagnosis::~Diagnosis() = default;
Diagnosis::Diagnosis(Diagnosis&&) noexcept = default;
Diagnosis& Diagnosis::operator=(Diagnosis&&) noexcept = default;

const std::vector<model::PolicyProblem>& Diagnosis::problems() const
{
    return m_compiled->problems;
}

std::span<const Symptom> Diagnosis::symptoms() const
{
    return m_compiled->symptoms;
}

std::vector<model::Cause> Diagnosis::diagnose(std::string_view text) const
{
    return read(text).causes;
}

Reading Diagnosis::read(std::string_view text) const
{
    const auto& compiled = *m_compiled;
    Seen seen{.patterns = {},
              .hits = std::vector<std::optional<Hit>>(compiled.symptoms.size()),
              .frames = {},
              .text = text};
    auto shown = compiled.messages.read(compiled.symptoms, seen, true);
    const bool told_by_message =
        std::ranges::any_of(shown, [&](std::size_t i) { return weight(compiled.symptoms[i]) > k_heaviest_guess; });
    if (!told_by_message) {
        const auto guessed = compiled.the_guesses().read(compiled.symptoms, seen, false);
        shown.insert(shown.end(), guessed.begin(), guessed.end());
    }
    std::ranges::stable_sort(shown, [&](std::size_t left, std::size_t right) {
        const int better = weight(compiled.symptoms[left]) - weight(compiled.symptoms[right]);
        if (better != 0) return better > 0;
        const auto left_line = seen.hits[left]->line.number;
        const auto right_line = seen.hits[right]->line.number;
        if (left_line != right_line) return left_line < right_line;
        return conditions(compiled.symptoms[left]) > conditions(compiled.symptoms[right]);
    });

    std::vector<model::Cause> causes;
    for (const auto i : shown) {
        const auto& code = compiled.symptoms[i].code;
        if (causes.size() == k_most_causes) break;
        if (!causes.empty() && !causes::is_finding(code)) continue;
        if (std::ranges::find(causes, code, &model::Cause::code) != causes.end()) continue;
        causes.push_back(told(compiled.symptoms[i], *seen.hits[i]));
        if (!causes::is_finding(code)) break;
    }
    if (causes.empty()) causes.push_back(nothing_known());
    return {.causes = std::move(causes), .places = seen.frames.places()};
}

} // namespace envfix::symptoms
