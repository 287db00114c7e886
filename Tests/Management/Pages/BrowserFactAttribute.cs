namespace OrleansBroker.Tests.Management.Pages;

/// <summary>A test in a real browser; skipped where there is none. In CI a browser that is missing is a failure.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BrowserFactAttribute : FactAttribute
{
    public BrowserFactAttribute()
    {
        if (PagesBrowser.Executable is null && Environment.GetEnvironmentVariable("CI") != "true")
        {
            Skip = $"Install Chromium, or set {PagesBrowser.Variable} to a browser of its kind.";
        }
    }
}
