// Every field goes in with its length before it, so that no two different snapshots give the same bytes.
#include "base/sha256.hpp"
#include "model/snapshot.hpp"

#include <array>
#include <charconv>
#include <concepts>
#include <limits>
#include <type_traits>

namespace envfix::model {

namespace {

class Writer {
public:
    Writer() { m_bytes.reserve(k_usual); }

    template <typename... Fields> void put(const Fields&... fields) { (one(fields), ...); }

    [[nodiscard]] const std::string& bytes() const { return m_bytes; }

private:
    void one(const std::string& text)
    {
        one(text.size());
        m_bytes += text;
    }

    template <typename Number>
        requires std::integral<Number> || std::is_enum_v<Number>
    void one(Number number)
    {
        std::array<char, std::numeric_limits<unsigned long long>::digits10 + 2> text{};
        const auto end = std::to_chars(text.data(), text.data() + text.size() - 1,
                                       static_cast<unsigned long long>(number)).ptr;
        *end = ';';
        m_bytes.append(text.data(), end + 1);
    }

    template <typename T> void one(const std::vector<T>& list)
    {
        one(list.size());
        for (const auto& item : list) one(item);
    }

    template <typename T> void one(const std::optional<T>& maybe)
    {
        one(maybe.has_value());
        if (maybe) one(*maybe);
    }

    void one(const Environment& e) { put(e.id, e.path, e.kind, e.executable, e.project); }

    void one(const Interpreter& i)
    {
        put(i.executable, i.real_path, i.version, i.implementation, i.soabi, i.extension_suffixes,
            i.free_threaded, i.debug, i.libc, i.libc_version, i.elf_machine, i.elf_class, i.prefix,
            i.base_prefix, i.stdlib, i.externally_managed);
    }

    void one(const InterpreterTrouble& t) { put(t.kind, t.path, t.expected, t.actual); }

    void one(const PathEntry& e) { put(e.path, e.origin, e.declared_by, e.exists); }

    void one(const Distribution& d)
    {
        put(d.name, d.version, d.location, d.metadata_path, d.form, d.installer, d.has_metadata,
            d.has_record, d.editable, d.requires_dist, d.requires_python);
    }

    void one(const DamagedFile& f) { put(f.path, f.distribution, f.damage, f.expected, f.actual); }

    void one(const BinaryFile& b)
    {
        put(b.path, b.format, b.size, b.machine, b.elf_class, b.least_size, b.needed, b.suffix,
            b.suffix_accepted, b.stated_version, b.loader);
    }

    void one(const LoaderTrouble& t) { put(t.kind, t.name, t.required_by, t.library, t.searched); }

    void one(const ModuleFile& m)
    {
        put(m.module, m.kind, m.path, m.location, m.shadowed, m.binary, m.unaccepted);
    }

    void one(const LinkState& l)
    {
        put(l.distribution, l.installed, l.others, l.impostors, l.imports, l.extensions,
            l.source_version, l.damaged, l.debian_package, l.wheel_tags, l.project_requirement);
    }

    void one(const Leftover& l) { put(l.path, l.location); }

    void one(const Unreadable& u) { put(u.path, u.reason); }

    void one(const LocalModule& m) { put(m.module, m.kind, m.path, m.folder, m.imported_by); }

    void one(const PathOffer& o) { put(o.entry, o.name, o.path); }

    void one(const PathSetting& s) { put(s.variable, s.entries, s.declared_by, s.line, s.offers, s.breaks); }

    void one(const ForeignStart& s) { put(s.kind, s.path, s.line, s.interpreter, s.exists, s.lacks); }

    void one(const Barrier& b) { put(b.kind, b.path, b.mount, b.owner, b.mode); }

    void one(const ExecutedLine& l) { put(l.file, l.line, l.text); }

    static constexpr std::size_t k_usual = 32UL * 1024;

    std::string m_bytes;
};

} // namespace

std::string fingerprint(const Snapshot& s)
{
    Writer writer;
    writer.put(s.environment, s.interpreter, s.trouble, s.sys_path, s.distributions, s.chain,
               s.links, s.leftovers, s.incomplete, s.unreadable, s.local_modules, s.path_settings,
               s.starts, s.barriers, s.executed, s.requirements);
    return sha256_hex(writer.bytes());
}

} // namespace envfix::model
