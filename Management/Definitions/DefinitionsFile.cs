using System.Text.Json;
using Microsoft.Extensions.Logging;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Management.Api;

namespace OrleansBroker.Management.Definitions;

/// <summary>Takes the configured file of definitions in at each start, before the listeners open. What cannot be ends the start.</summary>
internal sealed partial class DefinitionsFile(ManagementOptions options, DefinitionsImport import, ILogger<DefinitionsFile> log)
    : IStartTask
{
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (options.LoadDefinitions is not { Length: > 0 } file)
        {
            return;
        }

        try
        {
            await using var content = File.OpenRead(file);
            using var document = await JsonDocument.ParseAsync(content, default, cancellationToken);
            await import.RunAsync(document.RootElement, null, cancellationToken);
            LogLoaded(log, file);
        }
        catch (Exception failure) when (failure is JsonException or ApiException or IOException or UnauthorizedAccessException)
        {
            // Alone: the start's failure is explained by the innermost exception, which does not name the file.
            throw new InvalidOperationException($"{ManagementOptions.Section}:LoadDefinitions is '{file}', whose definitions cannot be taken in: {failure.Message}");
        }
    }

    [LoggerMessage(4103, LogLevel.Information, "Took in the definitions of {File}")]
    private static partial void LogLoaded(ILogger logger, string file);
}
