using Microsoft.Extensions.Options;

namespace OrleansBroker.Grains.Hosting;

/// <summary>
/// Serves one area of the <see cref="BrokerOptions"/> as options of its own. What the application configures of the area besides
/// is applied on top, and the area's validators run.
/// </summary>
internal sealed class AreaOptionsFactory<TOptions>(
    TOptions area,
    IEnumerable<IConfigureOptions<TOptions>> setups,
    IEnumerable<IPostConfigureOptions<TOptions>> postConfigures,
    IEnumerable<IValidateOptions<TOptions>> validations) : OptionsFactory<TOptions>(setups, postConfigures, validations)
    where TOptions : class
{
    protected override TOptions CreateInstance(string name) => area;
}
