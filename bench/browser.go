package main

import (
	"context"
	"fmt"
	"os/exec"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/heapprofiler"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// noBrowser is told where there is none.
const noBrowser = "there is no Chromium here (apt-get install chromium): what only a browser tells is left out"

// tab is one of a Chromium of its own, which has an empty profile.
type tab struct {
	ctx   context.Context
	close func() // ends the browser, and removes its profile
}

// browserPatience is how long a page may take.
const browserPatience = time.Minute

// openTab starts a browser. found is false if there is none.
func (l *lab) openTab(ctx context.Context) (_ *tab, found bool, err error) {
	path := browserPath()
	if path == "" {
		return nil, false, nil
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.Flag("disable-dev-shm-usage", true))
	allocator, end := chromedp.NewExecAllocator(ctx, options...)
	inTab, endTab := chromedp.NewContext(allocator)
	t := &tab{inTab, func() { endTab(); end() }}
	if err := chromedp.Do(inTab, chromedp.Navigate("about:blank")); err != nil { // the browser lasts as long as the context of the first step
		t.close()
		return nil, true, fmt.Errorf("start %s: %w", path, err)
	}
	return t, true, nil
}

// browserPath is the Chromium of this machine; empty if there is none.
func browserPath() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// visit loads a page, and returns once that is done.
func (t *tab) visit(address string) error {
	ctx, cancel := context.WithTimeout(t.ctx, browserPatience)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Navigate(address)); err != nil {
		return fmt.Errorf("visit %s: %w", address, err)
	}
	return nil
}

// number is the value of an expression, or of what it promises.
func (t *tab) number(expression string) (float64, error) {
	ctx, cancel := context.WithTimeout(t.ctx, browserPatience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[float64](expression, chromedp.EvalAwaitPromise))
}

// until waits for an expression to become true.
func (t *tab) until(expression string) error {
	ctx, cancel := context.WithTimeout(t.ctx, browserPatience)
	defer cancel()
	for {
		is, err := chromedp.Run(ctx, chromedp.Evaluate[bool](expression))
		if err != nil || is {
			return err
		}
		if err := wait(ctx, pollSlow); err != nil {
			return fmt.Errorf("waiting for %s: %w", expression, err)
		}
	}
}

// heap is how much memory the page takes, in bytes, once nothing is left that it could do without.
func (t *tab) heap() (float64, error) {
	for range 2 {
		if _, err := chromedp.Call(t.ctx, heapprofiler.CollectGarbage, cdp.Empty{}); err != nil {
			return 0, fmt.Errorf("collect the garbage of a page: %w", err)
		}
	}
	used, err := chromedp.Call(t.ctx, runtime.GetHeapUsage, cdp.Empty{})
	if err != nil {
		return 0, fmt.Errorf("heap of a page: %w", err)
	}
	return used.UsedSize + used.EmbedderHeapUsedSize + used.BackingStorageSize, nil
}
